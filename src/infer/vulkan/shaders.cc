#include "infer/vulkan/shaders.h"

namespace mouthpiece::vulkan {
namespace {

// What glslc makes of shaders/*.comp: lists of words.
constexpr uint32_t kProductHalf[] = {
#include "product_half.inc"
};
constexpr uint32_t kProductFloat[] = {
#include "product_float.inc"
};
constexpr uint32_t kProductOfVisualHalf[] = {
#include "product_of_visual_half.inc"
};
constexpr uint32_t kProductOfVisualFloat[] = {
#include "product_of_visual_float.inc"
};
constexpr uint32_t kDepthwiseHalf[] = {
#include "depthwise_half.inc"
};
constexpr uint32_t kDepthwiseFloat[] = {
#include "depthwise_float.inc"
};
constexpr uint32_t kBlockHalf[] = {
#include "block_half.inc"
};
constexpr uint32_t kBlockFloat[] = {
#include "block_float.inc"
};
constexpr uint32_t kBlockOfVisualHalf[] = {
#include "block_of_visual_half.inc"
};
constexpr uint32_t kBlockOfVisualFloat[] = {
#include "block_of_visual_float.inc"
};
constexpr uint32_t kOutputHalf[] = {
#include "output_half.inc"
};
constexpr uint32_t kOutputFloat[] = {
#include "output_float.inc"
};

}  // namespace

std::span<const uint32_t> Code(Shader shader, Storage storage) {
  const bool half = storage == Storage::kHalf;
  const auto choose = [half](std::span<const uint32_t> of_half,
                             std::span<const uint32_t> of_float) {
    return half ? of_half : of_float;
  };
  switch (shader) {
    case Shader::kProduct:
      return choose(kProductHalf, kProductFloat);
    case Shader::kProductOfVisual:
      return choose(kProductOfVisualHalf, kProductOfVisualFloat);
    case Shader::kDepthwise:
      return choose(kDepthwiseHalf, kDepthwiseFloat);
    case Shader::kBlock:
      return choose(kBlockHalf, kBlockFloat);
    case Shader::kBlockOfVisual:
      return choose(kBlockOfVisualHalf, kBlockOfVisualFloat);
    case Shader::kOutput:
      return choose(kOutputHalf, kOutputFloat);
  }
  return {};
}

}  // namespace mouthpiece::vulkan
