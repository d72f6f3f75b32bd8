// What each slot of a table of kernels means, written down as plainly as can be: the truth that the
// fast ones are tested against.
#ifndef MOUTHPIECE_INFER_FUSED_REFERENCE_KERNELS_H_
#define MOUTHPIECE_INFER_FUSED_REFERENCE_KERNELS_H_

#include "infer/fused/kernels.h"

namespace mouthpiece::fused {

/// All kernels of float or BFloat16. Sums are in double precision and rounded once.
template <typename T>
Kernels<T> ReferenceKernels();

}  // namespace mouthpiece::fused

#endif  // MOUTHPIECE_INFER_FUSED_REFERENCE_KERNELS_H_
