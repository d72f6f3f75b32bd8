// Taking what follows a convolution into it, channel by channel: what every reader does.
#ifndef MOUTHPIECE_NETWORK_FOLDING_H_
#define MOUTHPIECE_NETWORK_FOLDING_H_

#include <span>

#include "network/network.h"

namespace mouthpiece {

/// The convolution whose result is multiplied by `scale`, one value an output channel.
void FoldScale(Convolution& convolution, std::span<const float> scale);

/// The one to whose result `offset` is added, one value an output channel.
void FoldOffset(Convolution& convolution, std::span<const float> offset);

/// Statistics and parameters of a batch norm, one value a channel each.
struct BatchNorm {
  std::span<const float> scale;
  std::span<const float> offset;
  std::span<const float> mean;
  std::span<const float> variance;
  float epsilon = 0;
};

/// The one behind which x becomes scale * (x - mean) / sqrt(variance + epsilon) + offset.
void FoldBatchNorm(Convolution& convolution, const BatchNorm& norm);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_NETWORK_FOLDING_H_
