// What decoded samples are worth.
#ifndef MOUTHPIECE_MEDIA_SAMPLE_CHECK_H_
#define MOUTHPIECE_MEDIA_SAMPLE_CHECK_H_

#include <cstdint>
#include <vector>

#include "media/ffmpeg.h"

namespace mouthpiece::media {

/// Puts silence in the place of samples that are no sound: not finite, or a million times full
/// scale and more. Returns how many there were.
int64_t SilenceBadSamples(AVFrame& frame);

/// How loud the channels of a sound are.
class ChannelLevels {
 public:
  void Add(const AVFrame& frame);

  /// Of the loudest channel: the sum of its squared samples, 1 being full scale, over their rate.
  double loudest() const;
  /// Largest magnitude of any sample.
  double peak() const { return peak_; }

 private:
  std::vector<double> energy_;  ///< By channel, in seconds
  double peak_ = 0;
};

}  // namespace mouthpiece::media

#endif  // MOUTHPIECE_MEDIA_SAMPLE_CHECK_H_
