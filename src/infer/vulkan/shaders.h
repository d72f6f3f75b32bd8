// The network's shaders as SPIR-V.
#ifndef MOUTHPIECE_INFER_VULKAN_SHADERS_H_
#define MOUTHPIECE_INFER_VULKAN_SHADERS_H_

#include <cstdint>
#include <span>

namespace mouthpiece::vulkan {

/// What tensors are kept in; weights and sums are floats.
enum class Storage { kHalf, kFloat };

enum class Shader {
  kProduct,
  kProductOfVisual,
  kDepthwise,
  kBlock,
  kBlockOfVisual,
  kOutput,
};

std::span<const uint32_t> Code(Shader shader, Storage storage);

}  // namespace mouthpiece::vulkan

#endif  // MOUTHPIECE_INFER_VULKAN_SHADERS_H_
