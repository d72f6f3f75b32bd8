#include "infer/fused/kernel_tables.h"

#include "base/instruction_set.h"
#include "infer/fused/amx_kernels.h"
#include "infer/fused/avx512_bf16_kernels.h"
#include "infer/fused/highway_kernels.h"

namespace mouthpiece::fused {

template <>
std::vector<Kernels<float>> KernelTables() {
  return {HighwayFloatKernels()};
}

template <>
std::vector<Kernels<BFloat16>> KernelTables() {
  std::vector<Kernels<BFloat16>> tables;
  if (MayUse(InstructionSet::kAmx)) tables.push_back(AmxBFloat16Kernels());
  if (MayUse(InstructionSet::kAvx512Bf16)) tables.push_back(Avx512BFloat16Kernels());
  return tables;
}

}  // namespace mouthpiece::fused
