// A network's weights as the shaders read them.
#ifndef MOUTHPIECE_INFER_VULKAN_WEIGHTS_H_
#define MOUTHPIECE_INFER_VULKAN_WEIGHTS_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "infer/fused/plan.h"
#include "infer/vulkan/shaders.h"

namespace mouthpiece::vulkan {

/// Channels are stored eight at a time.
inline constexpr int kGroup = 8;

constexpr int Groups(int channels) { return (channels + kGroup - 1) / kGroup; }

/// Where the weights and biases of a convolution lie, in units of sixteen bytes.
struct WeightsPlace {
  int weights = 0;
  int bias = 0;
};

/// Collects weights; what it holds is to be copied to the device as it is.
class WeightsPacker {
 public:
  explicit WeightsPacker(Storage storage) : storage_(storage) {}

  /// A dense convolution of `sources`, whose channels are padded one by one: [tap][channel of all
  /// sources][output], outputs padded to whole groups.
  WeightsPlace AddDense(const Convolution& convolution, std::span<const fused::Source> sources);
  /// A 3x3 depthwise one: [tap][channel].
  WeightsPlace AddDepthwise(const Convolution& convolution);

  const std::vector<std::byte>& bytes() const { return bytes_; }

 private:
  int AddWeights(std::span<const float> values);
  int AddFloats(std::span<const float> values);
  int AddBias(const Convolution& convolution);

  const Storage storage_;
  std::vector<std::byte> bytes_;
};

}  // namespace mouthpiece::vulkan

#endif  // MOUTHPIECE_INFER_VULKAN_WEIGHTS_H_
