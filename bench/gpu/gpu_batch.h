// Frames for a network on a GPU, and its pictures of them.
#ifndef MOUTHPIECE_BENCH_GPU_GPU_BATCH_H_
#define MOUTHPIECE_BENCH_GPU_GPU_BATCH_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "gpu/buffer.h"
#include "gpu/commands.h"
#include "infer/vulkan/vulkan_network.h"

namespace mouthpiece {

/// As many frames as `network`, which outlives it, takes at once.
class GpuBatch {
 public:
  GpuBatch(gpu::Device& device, const vulkan::VulkanNetwork& network, int side);

  int frames() const { return network_.batch(); }
  /// Six planes, and a window of sound.
  void Set(int frame, std::span<const uint8_t> visual, std::span<const float> window);
  /// Begins a recording of the network's run.
  void Record(gpu::Commands& commands) const;
  /// Three planes, after such a run.
  std::vector<uint8_t> Picture(int frame) const;

 private:
  const vulkan::VulkanNetwork& network_;
  const size_t area_;
  const size_t face_bytes_;
  const gpu::Buffer faces_, slots_, audio_, pictures_, extremes_;
};

}  // namespace mouthpiece

#endif  // MOUTHPIECE_BENCH_GPU_GPU_BATCH_H_
