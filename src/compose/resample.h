// Where a resized row or column takes its values from, as OpenCV's resize does it.
#ifndef MOUTHPIECE_COMPOSE_RESAMPLE_H_
#define MOUTHPIECE_COMPOSE_RESAMPLE_H_

#include <array>

#include "mouthpiece/types.h"

namespace mouthpiece {

/// One output sample: the weighted sum of `TapCount` source samples from `first` on. Indices
/// outside the source mean its nearest end. Weights sum to 1.
struct ResampleTaps {
  int first = 0;
  std::array<double, 4> weights{};
};

constexpr int TapCount(Resample resample) { return resample == Resample::kLinear ? 2 : 4; }

/// Taps of output sample `i` when `source` samples become `target`; pixel centres at half
/// positions, cubic with a = -0.75. -2 < first and first + TapCount - 1 <= source + 1.
ResampleTaps TapsAt(int i, int source, int target, Resample resample);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_COMPOSE_RESAMPLE_H_
