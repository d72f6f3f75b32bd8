// One compute shader, ready to run.
#ifndef MOUTHPIECE_GPU_KERNEL_H_
#define MOUTHPIECE_GPU_KERNEL_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "gpu/device.h"

namespace mouthpiece::gpu {

struct KernelOptions {
  std::string name;                 ///< In errors and measurements
  std::span<const uint32_t> code;   ///< SPIR-V, entry point `main`
  int bindings = 0;                 ///< Storage buffers, from binding 0 of set 0 on
  size_t push_bytes = 0;            ///< Of push constants, 128 at most
  std::vector<uint32_t> constants;  ///< Specialisation constants, from ID 0 on
};

/// A compiled pipeline and its layout. Immutable.
class Kernel {
 public:
  Kernel(const Device& device, const KernelOptions& options);
  ~Kernel();
  Kernel(const Kernel&) = delete;
  Kernel& operator=(const Kernel&) = delete;

  const std::string& name() const { return name_; }
  VkPipeline pipeline() const { return pipeline_; }
  VkPipelineLayout layout() const { return layout_; }
  VkDescriptorSetLayout set_layout() const { return set_layout_; }
  int bindings() const { return bindings_; }
  size_t push_bytes() const { return push_bytes_; }

 private:
  void Create(const KernelOptions& options);
  void Destroy() noexcept;

  const Device& device_;
  const std::string name_;
  const int bindings_;
  const size_t push_bytes_;
  VkDescriptorSetLayout set_layout_ = VK_NULL_HANDLE;
  VkPipelineLayout layout_ = VK_NULL_HANDLE;
  VkPipeline pipeline_ = VK_NULL_HANDLE;
};

}  // namespace mouthpiece::gpu

#endif  // MOUTHPIECE_GPU_KERNEL_H_
