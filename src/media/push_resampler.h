// Mono samples from one rate to another, as they come.
#ifndef MOUTHPIECE_MEDIA_PUSH_RESAMPLER_H_
#define MOUTHPIECE_MEDIA_PUSH_RESAMPLER_H_

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace mouthpiece::media {

/// Converts what is pushed as SpeechReader does, without waiting for more: the samples are those
/// that it gives of all that was pushed, whatever the pieces. Not thread-safe.
class PushResampler {
 public:
  /// Rates of 1000 to 768000 samples a second.
  PushResampler(int from_rate, int to_rate);
  ~PushResampler();
  PushResampler(PushResampler&&) noexcept;
  PushResampler& operator=(PushResampler&&) noexcept;

  /// Appends what is ready to `converted`.
  void Push(std::span<const float> samples, std::vector<float>& converted);
  /// The same, rounded to 16 bits and clipped.
  void Push(std::span<const float> samples, std::vector<int16_t>& converted);
  /// There are no more: appends what is left. Once.
  void Finish(std::vector<float>& converted);
  void Finish(std::vector<int16_t>& converted);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace mouthpiece::media

#endif  // MOUTHPIECE_MEDIA_PUSH_RESAMPLER_H_
