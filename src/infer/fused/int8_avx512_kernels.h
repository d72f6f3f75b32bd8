// Kernels of int8 on AVX-512 with VNNI (Intel since Ice Lake, AMD since Zen 4).
#ifndef MOUTHPIECE_INFER_FUSED_INT8_AVX512_KERNELS_H_
#define MOUTHPIECE_INFER_FUSED_INT8_AVX512_KERNELS_H_

#include "infer/fused/int8_kernels.h"

namespace mouthpiece::fused {

// Each replaces slots of `kernels` by faster ones, for machines where
// MayUse(InstructionSet::kAvx512Vnni); with `has_bf16`, or for UseAvx512Depthwise, where
// MayUse(InstructionSet::kAvx512Bf16) as well. Elsewhere than on x86-64 they do nothing.

/// multiply and expand.
void UseAvx512Products(Kernels<Int8>& kernels);

/// depthwise, two columns at once.
void UseAvx512Depthwise(Kernels<Int8>& kernels);

/// paint_product.
void UseAvx512Output(Kernels<Int8>& kernels);

/// compress and finish.
void UseAvx512Rows(Kernels<Int8>& kernels, bool has_bf16);

}  // namespace mouthpiece::fused

#endif  // MOUTHPIECE_INFER_FUSED_INT8_AVX512_KERNELS_H_
