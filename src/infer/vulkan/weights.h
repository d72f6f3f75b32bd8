// A network's weights as the shaders read them.
#ifndef MOUTHPIECE_INFER_VULKAN_WEIGHTS_H_
#define MOUTHPIECE_INFER_VULKAN_WEIGHTS_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "infer/fused/plan.h"

namespace mouthpiece::vulkan {

/// Channels are stored eight at a time.
inline constexpr int kGroup = 8;

constexpr int Groups(int channels) { return (channels + kGroup - 1) / kGroup; }

/// Where the weights and biases of a convolution lie, in units of sixteen bytes.
struct WeightsPlace {
  int weights = 0;
  int bias = 0;
};

/// Collects weights, all in floats: they are few beside the tensors, and half of the error of half
/// floats would be theirs. What it holds is to be copied to the device as it is.
class WeightsPacker {
 public:
  /// A dense convolution of `sources`, whose channels are padded one by one: [tap][channel of all
  /// sources][output], outputs padded to whole groups.
  WeightsPlace AddDense(const Convolution& convolution, std::span<const fused::Source> sources);
  /// A 3x3 depthwise one: [tap][channel].
  WeightsPlace AddDepthwise(const Convolution& convolution);

  const std::vector<std::byte>& bytes() const { return bytes_; }

 private:
  int Add(std::span<const float> values);
  int AddBias(const Convolution& convolution);

  std::vector<std::byte> bytes_;
};

}  // namespace mouthpiece::vulkan

#endif  // MOUTHPIECE_INFER_VULKAN_WEIGHTS_H_
