// The generator network on a GPU: a list of kernels made of the fused engine's plan.
#ifndef MOUTHPIECE_INFER_VULKAN_VULKAN_NETWORK_H_
#define MOUTHPIECE_INFER_VULKAN_VULKAN_NETWORK_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "gpu/buffer.h"
#include "gpu/commands.h"
#include "gpu/device.h"
#include "gpu/kernel.h"
#include "infer/fused/plan.h"
#include "infer/vulkan/operations.h"
#include "infer/vulkan/shaders.h"

namespace mouthpiece::vulkan {

struct NetworkOptions {
  Storage storage = Storage::kHalf;
  int batch = 1;  ///< Frames at most; fewer where a binding of the device cannot show so many
  int fused_pixels = kFusedPixels;  ///< See OperationOptions
};

/// What a run reads and writes, of all its frames, beside the network's own memory.
struct NetworkFrames {
  gpu::BufferRange faces;       ///< Planes B, G, R of the face, then of the masked face, by slots
  gpu::BufferRange slots;       ///< uint32 a frame: the word of `faces` where its planes begin
  gpu::BufferRange audio;       ///< audio_bytes() a frame, as PackAudio makes them
  gpu::BufferRange prediction;  ///< prediction_bytes() a frame
  /// Six uint32 a frame: of each of B, G, R 255 minus the least value, then the largest one.
  gpu::BufferRange extremes;
};

/// Weights and memory for one batch on a device. Runs that are recorded one after the other may use
/// it; two that are not ordered may not.
class VulkanNetwork {
 public:
  /// Copies what it needs of the plan and of the network that it points into. Throws Error
  /// (kUnsupported) when the device has too little memory.
  VulkanNetwork(gpu::Device& device, const fused::Plan& plan, const NetworkOptions& options);

  int batch() const { return options_.batch; }
  size_t audio_bytes() const { return audio_bytes_; }
  /// Three planes of whole words.
  size_t prediction_bytes() const { return size_t{3} * plane_words_ * 4; }
  int plane_words() const { return static_cast<int>(plane_words_); }
  /// Commands that Record() takes.
  int steps() const { return static_cast<int>(list_.operations.size()) + 2; }
  /// Of the device's own memory.
  size_t device_bytes() const { return weights_.bytes() + arena_.bytes(); }
  /// The kernels, in the order in which Record() dispatches them.
  std::span<const Operation> operations() const { return list_.operations; }
  /// Of those, the ones that run a whole block.
  int fused_blocks() const;

  /// Writes a frame's window [channels][height][width] as the device reads it.
  void PackAudio(std::span<const float> window, std::span<std::byte> packed) const;

  void Record(gpu::Commands& commands, int count, const NetworkFrames& frames) const;

  /// Where a tensor of the plan lies for `count` frames, while a step needs it.
  gpu::BufferRange Range(int tensor, int count) const;

 private:
  const gpu::Kernel& KernelOf(const Operation& operation);

  gpu::Device& device_;
  NetworkOptions options_;
  std::map<std::pair<Shader, std::vector<uint32_t>>, std::unique_ptr<gpu::Kernel>> kernels_;
  OperationList list_;
  std::vector<const gpu::Kernel*> kernel_of_;  ///< By operation
  Extent audio_;
  size_t audio_bytes_ = 0;
  size_t plane_words_ = 0;
  gpu::Buffer weights_;
  gpu::Buffer arena_;
};

}  // namespace mouthpiece::vulkan

#endif  // MOUTHPIECE_INFER_VULKAN_VULKAN_NETWORK_H_
