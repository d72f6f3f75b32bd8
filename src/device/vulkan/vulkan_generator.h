// A package's generator, ready for GPUs.
#ifndef MOUTHPIECE_DEVICE_VULKAN_VULKAN_GENERATOR_H_
#define MOUTHPIECE_DEVICE_VULKAN_VULKAN_GENERATOR_H_

#include <memory>

#include "avatar/feature_contract.h"
#include "avatar/package.h"
#include "device/open_device.h"
#include "infer/engine.h"
#include "infer/fused/plan.h"
#include "infer/vulkan/shaders.h"
#include "network/network.h"

namespace mouthpiece {

/// A generator as every device runs it. `plan` points into `network`.
struct VulkanGenerator {
  std::unique_ptr<const Network> network;
  fused::Plan plan;
  EngineInfo info;
  vulkan::Storage storage = vulkan::Storage::kHalf;
};

/// Throws Error for what OpenVulkanDevice does, but for the devices.
VulkanGenerator LoadVulkanGenerator(const Package& package, const DeviceSettings& settings,
                                    const FeatureOrigin& features);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_DEVICE_VULKAN_VULKAN_GENERATOR_H_
