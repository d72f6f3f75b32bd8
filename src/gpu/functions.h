// Vulkan's types, and the functions of it that this project calls; the only include of vulkan.h.
#ifndef MOUTHPIECE_GPU_FUNCTIONS_H_
#define MOUTHPIECE_GPU_FUNCTIONS_H_

#define VK_NO_PROTOTYPES  // libvulkan is found at run time
#include <vulkan/vulkan.h>

namespace mouthpiece::gpu {

/// A structure of Vulkan with its type set and all else zero.
template <typename Structure>
Structure Make(VkStructureType type) {
  Structure structure{};
  structure.sType = type;
  return structure;
}

/// Functions that are there before an instance is.
#define MOUTHPIECE_VULKAN_GLOBAL(X)       \
  X(EnumerateInstanceVersion)             \
  X(EnumerateInstanceLayerProperties)     \
  X(EnumerateInstanceExtensionProperties) \
  X(CreateInstance)

/// Functions of an instance, and of its devices.
#define MOUTHPIECE_VULKAN_INSTANCE(X)       \
  X(DestroyInstance)                        \
  X(EnumeratePhysicalDevices)               \
  X(GetPhysicalDeviceProperties)            \
  X(GetPhysicalDeviceProperties2)           \
  X(GetPhysicalDeviceMemoryProperties)      \
  X(GetPhysicalDeviceQueueFamilyProperties) \
  X(CreateDevice)                           \
  X(DestroyDevice)                          \
  X(DeviceWaitIdle)                         \
  X(GetDeviceQueue)                         \
  X(CreateBuffer)                           \
  X(DestroyBuffer)                          \
  X(GetBufferMemoryRequirements)            \
  X(AllocateMemory)                         \
  X(FreeMemory)                             \
  X(BindBufferMemory)                       \
  X(MapMemory)                              \
  X(CreateShaderModule)                     \
  X(DestroyShaderModule)                    \
  X(CreateDescriptorSetLayout)              \
  X(DestroyDescriptorSetLayout)             \
  X(CreatePipelineLayout)                   \
  X(DestroyPipelineLayout)                  \
  X(CreateComputePipelines)                 \
  X(DestroyPipeline)                        \
  X(CreateDescriptorPool)                   \
  X(DestroyDescriptorPool)                  \
  X(ResetDescriptorPool)                    \
  X(AllocateDescriptorSets)                 \
  X(UpdateDescriptorSets)                   \
  X(CreateCommandPool)                      \
  X(DestroyCommandPool)                     \
  X(ResetCommandPool)                       \
  X(AllocateCommandBuffers)                 \
  X(BeginCommandBuffer)                     \
  X(EndCommandBuffer)                       \
  X(CmdBindPipeline)                        \
  X(CmdBindDescriptorSets)                  \
  X(CmdPushConstants)                       \
  X(CmdDispatch)                            \
  X(CmdCopyBuffer)                          \
  X(CmdFillBuffer)                          \
  X(CmdPipelineBarrier)                     \
  X(CreateQueryPool)                        \
  X(DestroyQueryPool)                       \
  X(CmdResetQueryPool)                      \
  X(CmdWriteTimestamp)                      \
  X(GetQueryPoolResults)                    \
  X(CreateFence)                            \
  X(DestroyFence)                           \
  X(ResetFences)                            \
  X(QueueSubmit)                            \
  X(WaitForFences)

/// Pointers to them. Tests put functions of their own in place of some.
struct Functions {
  PFN_vkGetInstanceProcAddr GetInstanceProcAddr = nullptr;
#define MOUTHPIECE_POINTER(name) PFN_vk##name name = nullptr;
  MOUTHPIECE_VULKAN_GLOBAL(MOUTHPIECE_POINTER)
  MOUTHPIECE_VULKAN_INSTANCE(MOUTHPIECE_POINTER)
#undef MOUTHPIECE_POINTER
};

}  // namespace mouthpiece::gpu

#endif  // MOUTHPIECE_GPU_FUNCTIONS_H_
