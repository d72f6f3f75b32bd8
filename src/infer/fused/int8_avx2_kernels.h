// Kernels of int8 on AVX2.
#ifndef MOUTHPIECE_INFER_FUSED_INT8_AVX2_KERNELS_H_
#define MOUTHPIECE_INFER_FUSED_INT8_AVX2_KERNELS_H_

#include "infer/fused/int8_kernels.h"

namespace mouthpiece::fused {

// Each replaces slots of `kernels` by faster ones, for machines where
// MayUse(InstructionSet::kAvx2). Elsewhere than on x86-64 they do nothing.

/// depthwise.
void UseAvx2Depthwise(Kernels<Int8>& kernels);

/// interleave.
void UseAvx2Interleave(Kernels<Int8>& kernels);

/// compress and finish.
void UseAvx2Rows(Kernels<Int8>& kernels);

}  // namespace mouthpiece::fused

#endif  // MOUTHPIECE_INFER_FUSED_INT8_AVX2_KERNELS_H_
