// The one place where kernels are chosen for a machine.
#ifndef MOUTHPIECE_INFER_FUSED_KERNEL_TABLES_H_
#define MOUTHPIECE_INFER_FUSED_KERNEL_TABLES_H_

#include <vector>

#include "infer/fused/int8_kernels.h"
#include "infer/fused/kernels.h"

namespace mouthpiece::fused {

/// The tables of a precision that this process may use (base/instruction_set.h), the fastest first:
/// one at least of float, perhaps none of BFloat16. Throws Error as MayUse does.
template <typename T>
std::vector<Kernels<T>> KernelTables();

}  // namespace mouthpiece::fused

#endif  // MOUTHPIECE_INFER_FUSED_KERNEL_TABLES_H_
