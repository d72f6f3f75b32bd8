// Speech that still arrives.
#ifndef MOUTHPIECE_SPEECH_STREAM_H_
#define MOUTHPIECE_SPEECH_STREAM_H_

#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <span>

#include "mouthpiece/export.h"

namespace mouthpiece {

/// Carries mono sound from who has it, as it comes, to one render (Job::drive): a FrameStream gives
/// each frame as soon as the sound that it needs is there, up to 452.5 ms after the frame begins; a
/// Renderer::Render waits for the end of the speech. The frames are those of a file of the same
/// samples, whatever pieces they came in.
///
/// One thread pushes; it may be another than those of the render.
class MOUTHPIECE_EXPORT SpeechStream {
 public:
  /// `sample_rate`: any from 1000 to 768000 a second. Push waits while more than `most_waiting_s`
  /// seconds of sound wait to be heard, and the render keeps ten more as features. Throws Error
  /// (kInvalidArgument).
  explicit SpeechStream(int sample_rate, double most_waiting_s = 10);
  ~SpeechStream();
  SpeechStream(const SpeechStream&) = delete;
  SpeechStream& operator=(const SpeechStream&) = delete;

  int sample_rate() const;

  /// Samples, full scale at -1 and 1; what is no number counts as silence. Waits for room, and
  /// calls `while_waiting` every 50 ms until then; what that throws ends the wait. Returns false
  /// when nobody listens any more, since the render is over. Throws Error (kInvalidArgument) for
  /// samples over 100, which are 16-bit ones that were converted without being scaled, and after
  /// End and Fail.
  bool Push(std::span<const float> samples, const std::function<void()>& while_waiting = {});
  /// The same of 16 bits, full scale at -32768.
  bool Push(std::span<const int16_t> samples, const std::function<void()>& while_waiting = {});
  /// The speech is over. For any thread, as Fail.
  void End();
  /// There will be no more because of `error`, which the render throws.
  void Fail(std::exception_ptr error);

 private:
  friend struct SpeechStreamEnd;  // src/speech/speech_stream_end.h
  struct MOUTHPIECE_HIDDEN State;
  const std::unique_ptr<State> state_;
};

}  // namespace mouthpiece

#endif  // MOUTHPIECE_SPEECH_STREAM_H_
