#include "infer/vulkan/vulkan_network.h"

#include <algorithm>
#include <cstring>

#include "infer/fused/numbers.h"
#include "mouthpiece/error.h"

namespace mouthpiece::vulkan {
namespace {

using gpu::Access;
using gpu::Binding;
using gpu::BufferRange;

/// What SPIR-V code takes.
struct Signature {
  const char* name;
  int bindings;
  size_t push_bytes;
};

Signature SignatureOf(Shader shader) {
  switch (shader) {
    case Shader::kProduct:
    case Shader::kProductOfVisual:
      return {"product", 5, sizeof(ProductPush)};
    case Shader::kDepthwise:
      return {"depthwise", 3, sizeof(DepthwisePush)};
    case Shader::kBlock:
    case Shader::kBlockOfVisual:
      return {"block", 5, sizeof(BlockPush)};
    case Shader::kOutput:
      return {"output", 4, sizeof(OutputPush)};
  }
  return {};
}

uint32_t Divide(int value, int divisor) {
  return static_cast<uint32_t>((value + divisor - 1) / divisor);
}

/// Frames of a batch of which the device can bind each tensor as one range.
int LargestBatch(const gpu::Device& device, const OperationList& list, int batch) {
  size_t largest = 1;
  for (const DeviceTensor& tensor : list.tensors) largest = std::max(largest, tensor.bytes);
  const auto most = static_cast<int>(
      std::min<uint64_t>(device.limits().binding_bytes / largest, static_cast<uint64_t>(batch)));
  return std::max(1, most);
}

void CheckLimits(const gpu::Device& device, size_t weights_bytes) {
  std::string obstacle = FindObstacle(device.limits());
  if (obstacle.empty() && device.limits().binding_bytes < weights_bytes) {
    obstacle = "expected bindings in bytes of " + std::to_string(weights_bytes) +
               " at least, found " + std::to_string(device.limits().binding_bytes);
  }
  if (!obstacle.empty()) throw Error(ErrorCode::kUnsupported, device.name() + ": " + obstacle);
}

/// Copies `bytes` into a buffer of the device's own.
gpu::Buffer Upload(gpu::Device& device, std::span<const std::byte> bytes, const std::string& what) {
  gpu::Buffer target(device, bytes.size(), gpu::MemoryKind::kDevice, what);
  gpu::Buffer staging(device, bytes.size(), gpu::MemoryKind::kUpload, what);
  std::ranges::copy(bytes, staging.mapped().begin());
  gpu::Commands commands(device, 1);
  commands.Begin();
  commands.Copy(BufferRange(staging), BufferRange(target));
  commands.Submit();
  commands.Wait();
  return target;
}

}  // namespace

VulkanNetwork::VulkanNetwork(gpu::Device& device, const fused::Plan& plan,
                             const NetworkOptions& options)
    : device_(device), options_(options) {
  WeightsPacker packer;
  list_ = MakeOperations(plan,
                         {.storage = options.storage,
                          .fused_pixels = options.fused_pixels,
                          .shared_bytes = device.limits().shared_bytes},
                         packer);
  CheckLimits(device, packer.bytes().size());
  options_.batch = LargestBatch(device, list_, options.batch);
  for (const Operation& operation : list_.operations) kernel_of_.push_back(&KernelOf(operation));
  if (list_.audio >= 0) {
    audio_ = plan.tensors[static_cast<size_t>(list_.audio)].extent;
    audio_bytes_ = list_.tensors[static_cast<size_t>(list_.audio)].bytes;
  }
  plane_words_ = (static_cast<size_t>(plan.side) * static_cast<size_t>(plan.side) + 3) / 4;
  weights_ = Upload(device, packer.bytes(), "the network's weights");
  arena_ = gpu::Buffer(device, list_.arena_bytes * static_cast<size_t>(options_.batch),
                       gpu::MemoryKind::kDevice, "the network's tensors");
}

const gpu::Kernel& VulkanNetwork::KernelOf(const Operation& operation) {
  std::unique_ptr<gpu::Kernel>& kernel = kernels_[{operation.shader, operation.constants}];
  if (!kernel) {
    const Signature signature = SignatureOf(operation.shader);
    kernel = std::make_unique<gpu::Kernel>(
        device_, gpu::KernelOptions{.name = signature.name,
                                    .code = Code(operation.shader, options_.storage),
                                    .bindings = signature.bindings,
                                    .push_bytes = signature.push_bytes,
                                    .constants = operation.constants});
  }
  return *kernel;
}

int VulkanNetwork::fused_blocks() const {
  return static_cast<int>(std::ranges::count_if(list_.operations, [](const Operation& o) {
    return o.shader == Shader::kBlock || o.shader == Shader::kBlockOfVisual;
  }));
}

void VulkanNetwork::PackAudio(std::span<const float> window, std::span<std::byte> packed) const {
  const auto channels = static_cast<size_t>(audio_.channels);
  const auto pixels = static_cast<size_t>(audio_.pixels());
  const size_t padded = static_cast<size_t>(vulkan::Groups(audio_.channels)) * kGroup;
  std::ranges::fill(packed, std::byte{});
  for (size_t c = 0; c < channels; ++c) {
    for (size_t i = 0; i < pixels; ++i) {
      const float value = window[c * pixels + i];
      const size_t place = i * padded + c;
      if (options_.storage == Storage::kFloat) {
        std::memcpy(&packed[place * sizeof(float)], &value, sizeof(float));
      } else {
        const auto half = fused::RoundTo<fused::Half>(value);
        std::memcpy(&packed[place * sizeof(half)], &half, sizeof(half));
      }
    }
  }
}

BufferRange VulkanNetwork::Range(int tensor, int count) const {
  const DeviceTensor& place = list_.tensors[static_cast<size_t>(tensor)];
  return {arena_, place.offset * static_cast<size_t>(options_.batch),
          place.bytes * static_cast<size_t>(count)};
}

void VulkanNetwork::Record(gpu::Commands& commands, int count, const NetworkFrames& frames) const {
  commands.Fill(frames.extremes, 0);
  if (list_.audio >= 0) commands.Copy(frames.audio, Range(list_.audio, count));
  for (size_t i = 0; i < list_.operations.size(); ++i) {
    const Operation& operation = list_.operations[i];
    const gpu::Kernel& kernel = *kernel_of_[i];
    const Extent& extent = operation.extent;
    const auto of_tensor = [&](int tensor) {  // an unused binding shows the weights
      return tensor >= 0 ? Range(tensor, count) : BufferRange(weights_);
    };
    const Binding source0{of_tensor(operation.source0), Access::kRead};
    const Binding source1{of_tensor(operation.source1), Access::kRead};
    const Binding residual{of_tensor(operation.residual), Access::kRead};
    const Binding result{of_tensor(operation.result), Access::kWrite};
    const Binding weights{BufferRange(weights_), Access::kRead};
    const Binding faces{frames.faces, Access::kRead};
    const Binding slots{frames.slots, Access::kRead};
    switch (operation.shader) {
      case Shader::kProduct:
      case Shader::kProductOfVisual: {
        const bool is_visual = operation.shader == Shader::kProductOfVisual;
        ProductPush push = operation.product;
        push.pixels *= count;
        commands.Dispatch(
            kernel,
            {is_visual ? faces : source0, is_visual ? slots : source1, weights, residual, result},
            push,
            {Divide(push.pixels, operation.tile_pixels),
             Divide(push.outputs, operation.tile_outputs)});
        break;
      }
      case Shader::kDepthwise:
        commands.Dispatch(kernel, {source0, result, weights}, operation.depthwise,
                          {Divide(operation.depthwise.values, 64), static_cast<uint32_t>(count)});
        break;
      case Shader::kBlock:
      case Shader::kBlockOfVisual: {
        const bool is_visual = operation.shader == Shader::kBlockOfVisual;
        commands.Dispatch(
            kernel,
            {is_visual ? faces : source0, is_visual ? slots : source1, weights, residual, result},
            operation.block,
            {Divide(extent.width, 8), Divide(extent.height, 8), static_cast<uint32_t>(count)});
        break;
      }
      case Shader::kOutput:
        commands.Dispatch(
            kernel,
            {source0,
             {frames.prediction, Access::kWrite},
             weights,
             {frames.extremes, Access::kReadWrite}},
            operation.output,
            {Divide(static_cast<int>(plane_words_), 64), static_cast<uint32_t>(count)});
        break;
    }
  }
}

}  // namespace mouthpiece::vulkan
