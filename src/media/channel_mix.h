// How the channels of a sound become one or two.
#ifndef MOUTHPIECE_MEDIA_CHANNEL_MIX_H_
#define MOUTHPIECE_MEDIA_CHANNEL_MIX_H_

#include <vector>

#include "media/ffmpeg.h"

namespace mouthpiece::media {

/// Most channels that libswresample mixes.
inline constexpr int kMostChannels = 64;

/// Weights of `in`'s channels, more than `out_channels`, in each of 1 or 2 of them, row by row:
/// [out_channels, in.nb_channels]. Two become their mean. Of more, those of a layout that is known
/// are mixed as usual, with a voice in the front centre at its own level, and none is left out; of
/// any other each of the output's is the mean of all. `out_format`: integers must not overflow.
std::vector<double> MixWeights(const AVChannelLayout& in, int out_channels,
                               AVSampleFormat out_format);

}  // namespace mouthpiece::media

#endif  // MOUTHPIECE_MEDIA_CHANNEL_MIX_H_
