// Kernels of bfloat16 with products on AVX-512 BF16 (AMD since Zen 4, Intel since Cooper Lake), for
// CPUs that have no tiles: depthwise rows are products of pairs of columns.
#ifndef MOUTHPIECE_INFER_FUSED_AVX512_BF16_KERNELS_H_
#define MOUTHPIECE_INFER_FUSED_AVX512_BF16_KERNELS_H_

#include "infer/fused/kernels.h"

namespace mouthpiece::fused {

/// All kernels of bfloat16, for machines where MayUse(InstructionSet::kAvx512Bf16). Products sum in
/// float32 and take denormals for zero.
Kernels<PairedBFloat16> Avx512BFloat16Kernels();

}  // namespace mouthpiece::fused

#endif  // MOUTHPIECE_INFER_FUSED_AVX512_BF16_KERNELS_H_
