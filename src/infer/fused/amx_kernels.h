// Kernels of bfloat16 with products on AMX, Intel's tile unit, and depthwise rows in half floats on
// AVX-512-FP16, which every CPU with AMX has.
#ifndef MOUTHPIECE_INFER_FUSED_AMX_KERNELS_H_
#define MOUTHPIECE_INFER_FUSED_AMX_KERNELS_H_

#include "infer/fused/kernels.h"

namespace mouthpiece::fused {

/// All kernels of bfloat16, for machines where MayUse(InstructionSet::kAmx). Products sum in
/// float32 and take denormals for zero.
Kernels<BFloat16> AmxBFloat16Kernels();

}  // namespace mouthpiece::fused

#endif  // MOUTHPIECE_INFER_FUSED_AMX_KERNELS_H_
