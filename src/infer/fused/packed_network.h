// A network with its weights as the fused engine's kernels read them: from its file, or from one
// that was packed before.
#ifndef MOUTHPIECE_INFER_FUSED_PACKED_NETWORK_H_
#define MOUTHPIECE_INFER_FUSED_PACKED_NETWORK_H_

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>

#include "infer/fused/buffer.h"
#include "infer/fused/int8_plan.h"
#include "infer/fused/kernels.h"
#include "infer/fused/packed_plan.h"
#include "infer/fused/weights_file.h"
#include "network/network.h"
#include "network/network_reader.h"

namespace mouthpiece::fused {

/// What engines share. Never changes.
template <typename T>
struct PackedNetwork {
  std::unique_ptr<const Network> network;  ///< The plan points into it
  Buffer<std::byte> memory;                ///< Of the plan's weights; empty: they lie in the file
  std::unique_ptr<const WeightsFile> file;
  PackedPlan<T> plan;
};

/// The network of `model`, from its weights' file where that is there (WeightsFile::Open), else as
/// ReadPackedNetwork.
template <typename T>
std::shared_ptr<const PackedNetwork<T>> LoadPackedNetwork(const std::filesystem::path& model,
                                                          NetworkReader read,
                                                          const Kernels<T>& kernels,
                                                          std::string& obstacle);

/// Reads and packs the network. Null, with the obstacle, where T's kernels cannot run it. Throws
/// what `read` throws.
template <typename T>
std::shared_ptr<const PackedNetwork<T>> ReadPackedNetwork(const std::filesystem::path& model,
                                                          NetworkReader read,
                                                          const Kernels<T>& kernels,
                                                          std::string& obstacle);

}  // namespace mouthpiece::fused

#endif  // MOUTHPIECE_INFER_FUSED_PACKED_NETWORK_H_
