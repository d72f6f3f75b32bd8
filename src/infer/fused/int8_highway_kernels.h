// Kernels of int8 that run everywhere, on the widest vectors of the machine.
#ifndef MOUTHPIECE_INFER_FUSED_INT8_HIGHWAY_KERNELS_H_
#define MOUTHPIECE_INFER_FUSED_INT8_HIGHWAY_KERNELS_H_

#include "infer/fused/int8_kernels.h"

namespace mouthpiece::fused {

/// All kernels of int8. Products are of 16-bit numbers, since instructions that multiply bytes
/// saturate; with `has_avx_vnni`, where MayUse(InstructionSet::kAvxVnni), of bytes.
Kernels<Int8> Int8HighwayKernels(bool has_avx_vnni);

/// Of these, all but products and what has no int8 of its own.
void UseHighwayRows(Kernels<Int8>& kernels);

}  // namespace mouthpiece::fused

#endif  // MOUTHPIECE_INFER_FUSED_INT8_HIGHWAY_KERNELS_H_
