// What each slot of a table of int8 kernels means, as reference_kernels.h does for the others.
#ifndef MOUTHPIECE_INFER_FUSED_INT8_REFERENCE_H_
#define MOUTHPIECE_INFER_FUSED_INT8_REFERENCE_H_

#include "infer/fused/int8_kernels.h"

namespace mouthpiece::fused {

/// All kernels of int8, one value at a time, with the very operations in floats that the fast ones
/// use: on CPUs with fused multiply-adds these give the same bits, depthwise rows aside, whose sums
/// may be taken in any order.
Kernels<Int8> Int8ReferenceKernels();

}  // namespace mouthpiece::fused

#endif  // MOUTHPIECE_INFER_FUSED_INT8_REFERENCE_H_
