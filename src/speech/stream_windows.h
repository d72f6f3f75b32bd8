// Windows of speech that still arrives.
#ifndef MOUTHPIECE_SPEECH_STREAM_WINDOWS_H_
#define MOUTHPIECE_SPEECH_STREAM_WINDOWS_H_

#include <cstdint>
#include <memory>
#include <span>
#include <thread>

#include "base/cancel.h"
#include "base/timing.h"
#include "mouthpiece/options.h"
#include "mouthpiece/types.h"
#include "speech/arriving_windows.h"
#include "speech/encoder_keeper.h"
#include "speech/window_source.h"

namespace mouthpiece {

/// Encodes the sound of a SpeechStream on a thread of its own, as it comes. Rows and frames are
/// those of a file with the same samples.
class StreamWindows : public WindowSource {
 public:
  /// `speech` is listened to (SpeechStreamEnd); it lasts as many frames of `frame_rate` as begin
  /// before its end. When `cancel` says so, Window throws Error (kCancelled).
  StreamWindows(std::shared_ptr<SpeechStream> speech, EncoderKeeper::Loan encoder,
                Rational frame_rate, CancelToken cancel);
  /// Stops and waits for the thread.
  ~StreamWindows() override;

  void Window(int64_t frame, AudioWindowMode mode, std::span<float> window) override {
    rows_.Window(frame, mode, window);
  }
  bool Lasts(int64_t frame) override { return rows_.Lasts(frame); }
  bool IsComing(int64_t frame) override { return rows_.IsComing(frame); }
  void Stop() override;
  double busy_seconds() const override { return busy_.wall_seconds(); }

 private:
  void Encode();

  const std::shared_ptr<SpeechStream> speech_;
  const EncoderKeeper::Loan encoder_;
  const Rational frame_rate_;
  const CancelToken cancel_;
  ArrivingWindows rows_;
  StageTimer busy_;
  std::jthread thread_;
};

}  // namespace mouthpiece

#endif  // MOUTHPIECE_SPEECH_STREAM_WINDOWS_H_
