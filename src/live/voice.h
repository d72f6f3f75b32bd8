// The samples of an utterance as the mouth hears them and as listeners do.
#ifndef MOUTHPIECE_LIVE_VOICE_H_
#define MOUTHPIECE_LIVE_VOICE_H_

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "media/push_resampler.h"
#include "mouthpiece/live_clock.h"

namespace mouthpiece::live {

/// The mouth hears 16 kHz: a sample of it is three ticks.
inline constexpr Ticks kSampleTicks = 3;

/// Sound of the same length twice: `played` has kSampleTicks samples for one of `heard`.
struct Sounds {
  std::vector<float> heard;     ///< 16 kHz
  std::vector<int16_t> played;  ///< 48 kHz
  Ticks silence = 0;            ///< At the end of both, since one was shorter

  bool empty() const { return heard.empty(); }
};

/// Resamples an utterance as it comes. At 16 kHz the mouth hears the very samples; at other rates
/// what SpeechReader makes of the utterance alone. Not thread-safe.
class Voice {
 public:
  /// Throws Error (kInvalidArgument) for a rate that is none.
  explicit Voice(int rate);

  int rate() const { return rate_; }
  /// What is ready; what is no number counts as silence. Throws Error (kInvalidArgument) for
  /// samples over 100.
  Sounds Push(std::span<const float> samples);
  Sounds Push(std::span<const int16_t> samples);
  /// The rest. Once.
  Sounds Finish();

 private:
  Sounds Take(size_t samples);

  const int rate_;
  media::PushResampler heard_;
  media::PushResampler played_;
  Sounds waiting_;
};

}  // namespace mouthpiece::live

#endif  // MOUTHPIECE_LIVE_VOICE_H_
