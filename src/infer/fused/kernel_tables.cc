#include "infer/fused/kernel_tables.h"

#include "base/instruction_set.h"
#include "infer/fused/amx_kernels.h"
#include "infer/fused/avx512_bf16_kernels.h"
#include "infer/fused/highway_kernels.h"
#include "infer/fused/int8_avx2_kernels.h"
#include "infer/fused/int8_avx512_kernels.h"
#include "infer/fused/int8_highway_kernels.h"

namespace mouthpiece::fused {

template <>
std::vector<Kernels<float>> KernelTables() {
  return {HighwayKernels<float>()};
}

template <>
std::vector<Kernels<BFloat16>> KernelTables() {
  std::vector<Kernels<BFloat16>> tables;
  if (MayUse(InstructionSet::kAmx)) tables.push_back(AmxBFloat16Kernels());
  return tables;
}

template <>
std::vector<Kernels<PairedBFloat16>> KernelTables() {
  std::vector<Kernels<PairedBFloat16>> tables;
  if (MayUse(InstructionSet::kAvx512Bf16)) tables.push_back(Avx512BFloat16Kernels());
  return tables;
}

bool HasBFloat16Kernels() {
  return !KernelTables<BFloat16>().empty() || !KernelTables<PairedBFloat16>().empty();
}

template <>
std::vector<Kernels<Int8>> KernelTables() {
  std::vector<Kernels<Int8>> tables{Int8HighwayKernels(false)};
  const auto add = [&](Kernels<Int8> kernels) { tables.insert(tables.begin(), kernels); };
  if (MayUse(InstructionSet::kAvx2)) {
    Kernels<Int8> kernels = tables.back();
    kernels.name = "int8 AVX2";
    UseAvx2Depthwise(kernels);
    UseAvx2Interleave(kernels);
    UseAvx2Rows(kernels);
    add(kernels);
  }
  if (MayUse(InstructionSet::kAvxVnni)) {
    Kernels<Int8> kernels = Int8HighwayKernels(true);
    UseAvx2Depthwise(kernels);
    UseAvx2Interleave(kernels);
    UseAvx2Rows(kernels);
    add(kernels);
  }
  if (MayUse(InstructionSet::kAvx512Vnni)) {
    Kernels<Int8> kernels = tables.back();
    kernels.name = "int8 AVX-512 VNNI";
    UseAvx2Interleave(kernels);
    UseAvx512Products(kernels);
    UseAvx512Output(kernels);
    UseAvx512Rows(kernels, false);
    add(kernels);
    if (MayUse(InstructionSet::kAvx512Bf16)) {
      kernels.name = "int8 AVX-512 VNNI and BF16";
      UseAvx512Depthwise(kernels);
      UseAvx512Rows(kernels, true);
      add(kernels);
    }
  }
  return tables;
}

}  // namespace mouthpiece::fused
