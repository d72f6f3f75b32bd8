// Kernels that run everywhere, on the widest vectors of the machine.
#ifndef MOUTHPIECE_INFER_FUSED_HIGHWAY_KERNELS_H_
#define MOUTHPIECE_INFER_FUSED_HIGHWAY_KERNELS_H_

#include "infer/fused/kernels.h"

namespace mouthpiece::fused {

/// All kernels of float.
Kernels<float> HighwayFloatKernels();

/// Those of bfloat16 that need no instructions of their own: finish, upsample, interleave and
/// paint. The others are null, for a table with products of bfloat16 to fill.
Kernels<BFloat16> HighwayBFloat16Kernels();

}  // namespace mouthpiece::fused

#endif  // MOUTHPIECE_INFER_FUSED_HIGHWAY_KERNELS_H_
