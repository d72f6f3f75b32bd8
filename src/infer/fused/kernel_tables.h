// The one place where kernels are chosen for a machine.
#ifndef MOUTHPIECE_INFER_FUSED_KERNEL_TABLES_H_
#define MOUTHPIECE_INFER_FUSED_KERNEL_TABLES_H_

#include <string>
#include <vector>

#include "infer/fused/int8_kernels.h"
#include "infer/fused/kernels.h"
#include "mouthpiece/types.h"

namespace mouthpiece::fused {

/// The tables of a precision that this process may use (base/instruction_set.h), the fastest first:
/// one at least of float, perhaps none of BFloat16 or PairedBFloat16. Throws Error as MayUse does.
template <typename T>
std::vector<Kernels<T>> KernelTables();

/// Whether there is one of either.
bool HasBFloat16Kernels();

/// Calls `use` with the fastest table for `precision`, of which kAuto is bfloat16 where there is
/// one and float elsewhere. Returns what it returns, a std::string; or why there is no table.
template <typename Use>
std::string WithKernels(Precision precision, Use use) {
  if (precision == Precision::kInt8) return use(KernelTables<Int8>().front());
  if (precision != Precision::kF32) {
    if (const auto tables = KernelTables<BFloat16>(); !tables.empty()) return use(tables.front());
    if (const auto tables = KernelTables<PairedBFloat16>(); !tables.empty()) {
      return use(tables.front());
    }
    if (precision == Precision::kBf16) return "this CPU has neither AMX nor AVX-512 BF16";
  }
  return use(KernelTables<float>().front());
}

}  // namespace mouthpiece::fused

#endif  // MOUTHPIECE_INFER_FUSED_KERNEL_TABLES_H_
