// Kernels that run everywhere, on the widest vectors of the machine.
#ifndef MOUTHPIECE_INFER_FUSED_HIGHWAY_KERNELS_H_
#define MOUTHPIECE_INFER_FUSED_HIGHWAY_KERNELS_H_

#include "infer/fused/kernels.h"

namespace mouthpiece::fused {

/// All kernels of float. Of bfloat16 those that need no instructions of their own: finish,
/// upsample, interleave and paint; the others are null, for a table with products of bfloat16 to
/// fill.
template <typename T>
Kernels<T> HighwayKernels();

}  // namespace mouthpiece::fused

#endif  // MOUTHPIECE_INFER_FUSED_HIGHWAY_KERNELS_H_
