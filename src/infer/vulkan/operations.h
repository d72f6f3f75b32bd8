// The steps of a network as kernels: what each reads, writes and is told.
#ifndef MOUTHPIECE_INFER_VULKAN_OPERATIONS_H_
#define MOUTHPIECE_INFER_VULKAN_OPERATIONS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "gpu/instance.h"
#include "infer/fused/plan.h"
#include "infer/vulkan/shaders.h"
#include "infer/vulkan/weights.h"

namespace mouthpiece::vulkan {

/// A tensor in the device's memory, in bytes of one frame. Those of a batch lie one after the
/// other.
struct DeviceTensor {
  size_t offset = 0;  ///< Times the frames of the largest batch: where they begin
  size_t bytes = 0;
};

// Push constants, as the shaders of these names declare them.
struct ProductPush {
  int groups0, groups1;
  int width, height;
  int out_width, out_height;
  int outputs;
  int kernel_width, kernel_height, stride_x, stride_y, left, top;
  int pixels;
  int weights_at, bias_at;
  int relu, has_residual;
};

struct DepthwisePush {
  int groups;
  int width, height;
  int out_width, out_height;
  int stride;
  int values;
  int weights_at, bias_at;
};

struct BlockPush {
  int groups0, groups1;
  int width, height;
  int out_width, out_height;
  int widened;
  int expand_at, expand_bias_at;
  int depthwise_at, depthwise_bias_at;
  int project_at, project_bias_at;
  int has_residual;
};

struct OutputPush {
  int groups;
  int area;
  int weights_at, bias_at;
};

/// One kernel of a network. Only the push constants of its own shader are set.
struct Operation {
  Shader shader = Shader::kProduct;
  std::vector<uint32_t> constants;  ///< Specialisation
  int source0 = -1;                 ///< Tensors; not of kVisual
  int source1 = -1;
  int residual = -1;
  int result = -1;
  int tile_pixels = 0;   ///< Of a product
  int tile_outputs = 0;  ///< Of a product
  Extent extent;         ///< Of the result
  ProductPush product{};
  DepthwisePush depthwise{};
  BlockPush block{};
  OutputPush output{};
};

struct OperationList {
  std::vector<Operation> operations;
  std::vector<DeviceTensor> tensors;
  int audio = -1;          ///< Tensor
  size_t arena_bytes = 0;  ///< Of one frame
};

/// Smaller pictures have too few tiles to keep a GPU busy, and little to gain.
inline constexpr int kFusedPixels = 40 * 40;

struct OperationOptions {
  Storage storage = Storage::kHalf;
  /// Blocks whose result has as many pixels run as one kernel, where the shared memory is enough;
  /// the others as three, which the one is tested against.
  int fused_pixels = kFusedPixels;
  size_t shared_bytes = 0;  ///< Of the device's workgroups
};

/// What the largest kernel takes, but for blocks, which are chosen to fit.
inline constexpr uint32_t kMostThreads = 256;
inline constexpr uint32_t kMostSharedBytes = 18432;

/// Why a device is too small for them; empty: it is not.
std::string FindObstacle(const gpu::Limits& limits);

/// Why kernels cannot run a plan that the fused engine can; empty: they can.
std::string FindObstacle(const fused::Plan& plan, Storage storage);

/// Turns a plan into operations; weights go to `packer`.
OperationList MakeOperations(const fused::Plan& plan, const OperationOptions& options,
                             WeightsPacker& packer);

}  // namespace mouthpiece::vulkan

#endif  // MOUTHPIECE_INFER_VULKAN_OPERATIONS_H_
