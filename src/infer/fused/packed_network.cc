#include "infer/fused/packed_network.h"

#include <optional>
#include <span>
#include <stdexcept>
#include <type_traits>
#include <utility>

#include "infer/fused/weight_memory.h"
#include "network/network_shape.h"

namespace mouthpiece::fused {
namespace {

template <typename T>
Planning PlanFor(const Network& network) {
  Planning planning = MakePlan(network, kManyValues);
  if constexpr (std::is_same_v<T, Int8>) {
    if (planning.plan) planning.obstacle = Int8Obstacle(*planning.plan);
    if (!planning.obstacle.empty()) planning.plan.reset();
  }
  return planning;
}

/// Null where the file does not hold what a network of its shape needs.
template <typename T>
std::shared_ptr<const PackedNetwork<T>> FromFile(std::unique_ptr<const WeightsFile> file,
                                                 const Kernels<T>& kernels) {
  std::optional<Network> network = NetworkOfShape(file->shape());
  if (!network) return nullptr;
  PackedNetwork<T> packed;
  packed.network = std::make_unique<const Network>(std::move(*network));
  Planning planning = PlanFor<T>(*packed.network);
  if (!planning.plan) return nullptr;
  // Nothing is written through it.
  const std::span<const std::byte> weights = file->weights();
  WeightMemory memory({const_cast<std::byte*>(weights.data()), weights.size()}, true);
  try {
    packed.plan = PackPlan<T>(std::move(*planning.plan), kernels, memory);
  } catch (const std::length_error&) {
    return nullptr;
  }
  packed.file = std::move(file);
  return std::make_shared<const PackedNetwork<T>>(std::move(packed));
}

}  // namespace

template <typename T>
std::shared_ptr<const PackedNetwork<T>> LoadPackedNetwork(const std::filesystem::path& model,
                                                          NetworkReader read,
                                                          const Kernels<T>& kernels,
                                                          std::string& obstacle) {
  if (std::unique_ptr<const WeightsFile> file = WeightsFile::Open(model, kernels.name)) {
    if (auto packed = FromFile<T>(std::move(file), kernels)) return packed;
  }
  return ReadPackedNetwork<T>(model, read, kernels, obstacle);
}

template <typename T>
std::shared_ptr<const PackedNetwork<T>> ReadPackedNetwork(const std::filesystem::path& model,
                                                          NetworkReader read,
                                                          const Kernels<T>& kernels,
                                                          std::string& obstacle) {
  NetworkReading reading = read(model);
  obstacle = reading.obstacle;
  if (!reading.network) return nullptr;
  PackedNetwork<T> packed;
  packed.network = std::make_unique<const Network>(std::move(*reading.network));
  Planning planning = PlanFor<T>(*packed.network);
  obstacle = planning.obstacle;
  if (!planning.plan) return nullptr;
  WeightMemory counted = WeightMemory::Counting();
  PackPlan<T>(*planning.plan, kernels, counted);
  packed.memory = Buffer<std::byte>(counted.bytes());
  WeightMemory memory({packed.memory.data(), packed.memory.size()}, false);
  packed.plan = PackPlan<T>(std::move(*planning.plan), kernels, memory);
  return std::make_shared<const PackedNetwork<T>>(std::move(packed));
}

template std::shared_ptr<const PackedNetwork<float>> LoadPackedNetwork(const std::filesystem::path&,
                                                                       NetworkReader,
                                                                       const Kernels<float>&,
                                                                       std::string&);
template std::shared_ptr<const PackedNetwork<BFloat16>> LoadPackedNetwork(
    const std::filesystem::path&, NetworkReader, const Kernels<BFloat16>&, std::string&);
template std::shared_ptr<const PackedNetwork<PairedBFloat16>> LoadPackedNetwork(
    const std::filesystem::path&, NetworkReader, const Kernels<PairedBFloat16>&, std::string&);
template std::shared_ptr<const PackedNetwork<Int8>> LoadPackedNetwork(const std::filesystem::path&,
                                                                      NetworkReader,
                                                                      const Kernels<Int8>&,
                                                                      std::string&);
template std::shared_ptr<const PackedNetwork<float>> ReadPackedNetwork(const std::filesystem::path&,
                                                                       NetworkReader,
                                                                       const Kernels<float>&,
                                                                       std::string&);
template std::shared_ptr<const PackedNetwork<BFloat16>> ReadPackedNetwork(
    const std::filesystem::path&, NetworkReader, const Kernels<BFloat16>&, std::string&);
template std::shared_ptr<const PackedNetwork<PairedBFloat16>> ReadPackedNetwork(
    const std::filesystem::path&, NetworkReader, const Kernels<PairedBFloat16>&, std::string&);
template std::shared_ptr<const PackedNetwork<Int8>> ReadPackedNetwork(const std::filesystem::path&,
                                                                      NetworkReader,
                                                                      const Kernels<Int8>&,
                                                                      std::string&);

}  // namespace mouthpiece::fused
