// Functions of Vulkan that fail when a test wants it.
#ifndef MOUTHPIECE_TESTS_SUPPORT_FAILING_GPU_H_
#define MOUTHPIECE_TESTS_SUPPORT_FAILING_GPU_H_

#include <atomic>

#include "gpu/functions.h"

namespace mouthpiece::testing {

/// Which call fails, of those that Plant() put traps into: of the whole program, as Vulkan's
/// functions know of nothing else.
struct PlantedFailure {
  std::atomic<int> calls_before = -1;  ///< That do what they are for; negative: all do
  std::atomic<VkResult> result = VK_ERROR_OUT_OF_DEVICE_MEMORY;
  std::atomic<bool> is_lasting = false;  ///< Later calls fail, too

  /// Whether this call fails.
  bool IsDue() {
    int before = calls_before;
    while (before >= 0) {
      if (before == 0 && is_lasting) return true;
      if (calls_before.compare_exchange_weak(before, before - 1)) return before == 0;
    }
    return false;
  }
  void Plant(int before, VkResult with, bool lasting = false) {
    result = with;
    is_lasting = lasting;
    calls_before = before;
  }
  void Clear() { calls_before = -1; }
};

inline PlantedFailure planted_failure;

template <auto kMember, typename Pointer>
struct Trap;
template <auto kMember, typename... Arguments>
struct Trap<kMember, VkResult (*gpu::Functions::*)(Arguments...)> {
  static inline VkResult (*real)(Arguments...) = nullptr;

  static VkResult Call(Arguments... arguments) {
    return planted_failure.IsDue() ? planted_failure.result.load() : real(arguments...);
  }
  static void Put(gpu::Functions& functions) {
    if (functions.*kMember == nullptr || functions.*kMember == Call) return;  // of no instance yet
    real = functions.*kMember;
    functions.*kMember = Call;
  }
};

/// For InstanceOptions::change: puts traps into the named functions.
template <auto... kMembers>
void PutTraps(gpu::Functions& functions) {
  (Trap<kMembers, decltype(kMembers)>::Put(functions), ...);
}

/// Into all that may fail for want of memory while a device works.
inline void PutMemoryTraps(gpu::Functions& functions) {
  using F = gpu::Functions;
  PutTraps<&F::CreateBuffer, &F::AllocateMemory, &F::BindBufferMemory, &F::MapMemory,
           &F::CreateShaderModule, &F::CreateDescriptorSetLayout, &F::CreatePipelineLayout,
           &F::CreateComputePipelines, &F::CreateDescriptorPool, &F::AllocateDescriptorSets,
           &F::CreateCommandPool, &F::AllocateCommandBuffers, &F::BeginCommandBuffer,
           &F::EndCommandBuffer, &F::CreateQueryPool, &F::CreateFence, &F::CreateDevice,
           &F::QueueSubmit, &F::WaitForFences>(functions);
}

/// Into where a lost device is noticed.
inline void PutLossTraps(gpu::Functions& functions) {
  PutTraps<&gpu::Functions::QueueSubmit, &gpu::Functions::WaitForFences>(functions);
}

}  // namespace mouthpiece::testing

#endif  // MOUTHPIECE_TESTS_SUPPORT_FAILING_GPU_H_
