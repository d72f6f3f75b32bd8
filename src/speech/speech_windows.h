// Windows of speech that is turned into features while frames are rendered.
#ifndef MOUTHPIECE_SPEECH_SPEECH_WINDOWS_H_
#define MOUTHPIECE_SPEECH_SPEECH_WINDOWS_H_

#include <cstdint>
#include <memory>
#include <thread>

#include "base/cancel.h"
#include "base/timing.h"
#include "media/sound.h"
#include "speech/arriving_windows.h"
#include "speech/encoder_keeper.h"
#include "speech/window_source.h"

namespace mouthpiece {

/// Encodes speech on a thread of its own, up to ten seconds ahead of the window that was asked for.
/// The rows are those of ComputeFeatures.
class SpeechWindows : public WindowSource {
 public:
  /// Rows before `first_row` will not be asked for: the encoder leaves out as many of them as it
  /// can. When `cancel` says so, Window throws Error (kCancelled).
  SpeechWindows(std::shared_ptr<const media::Sound> sound, EncoderKeeper::Loan encoder,
                int64_t first_row, CancelToken cancel);
  /// Stops and waits for the thread.
  ~SpeechWindows() override;

  void Window(int64_t frame, AudioWindowMode mode, std::span<float> window) override {
    rows_.Window(frame, mode, window);
  }
  void Stop() override { rows_.Stop(); }
  double busy_seconds() const override { return busy_.wall_seconds(); }

 private:
  void Encode();

  const std::shared_ptr<const media::Sound> sound_;
  const EncoderKeeper::Loan encoder_;
  const int64_t first_row_;
  const CancelToken cancel_;
  ArrivingWindows rows_;
  StageTimer busy_;
  std::jthread thread_;
};

}  // namespace mouthpiece

#endif  // MOUTHPIECE_SPEECH_SPEECH_WINDOWS_H_
