#include "infer/packed_weights.h"

#include <memory>
#include <string>
#include <system_error>

#include "base/hidden_path.h"
#include "base/no_fork.h"
#include "infer/fused/kernel_tables.h"
#include "infer/fused/packed_network.h"
#include "infer/fused/weights_file.h"
#include "infer/read_generator.h"
#include "network/network_shape.h"

namespace mouthpiece {

std::optional<PackedWeights> FindPackedWeights(const std::filesystem::path& model,
                                               Precision precision) {
  std::optional<PackedWeights> found;
  fused::WithKernels(precision, [&](const auto& kernels) {
    if (const auto file = fused::WeightsFile::Open(model, kernels.name)) {
      found = PackedWeights{file->path(), file->bytes()};
    }
    return std::string();
  });
  return found;
}

std::string PackWeights(const std::filesystem::path& model, Precision precision) {
  if (precision == Precision::kF16) return "f16 is for GPUs, which read the model itself";
  const NoFork no_fork;
  return fused::WithKernels(precision, [&]<typename T>(const fused::Kernels<T>& kernels) {
    if (fused::WeightsFilePath(model, kernels.name).empty()) {
      return std::string("there is no cache folder; set XDG_CACHE_HOME or HOME");
    }
    const std::string origin = fused::OriginOf(model, kernels.name);
    std::string obstacle;
    const auto packed = fused::ReadPackedNetwork<T>(model, ReadGenerator, kernels, obstacle);
    if (packed == nullptr) return obstacle;
    fused::WriteWeightsFile(model, kernels.name, origin, ShapeOf(*packed->network),
                            {packed->memory.data(), packed->memory.size()});
    return std::string();
  });
}

bool RemovePackedWeights(const std::filesystem::path& model) {
  bool removed = false;
  for (const std::filesystem::path& file : fused::WeightsFilesOf(model)) {
    std::error_code error;
    removed |= std::filesystem::remove(file, error);
    if (error) FailIo(file, "cannot be removed", error.value());
  }
  return removed;
}

}  // namespace mouthpiece
