// A GPU as a device: network and compositing there, faces that stay there, rectangles that come
// back.
#ifndef MOUTHPIECE_DEVICE_VULKAN_VULKAN_DEVICE_H_
#define MOUTHPIECE_DEVICE_VULKAN_VULKAN_DEVICE_H_

#include <memory>
#include <span>

#include "avatar/feature_contract.h"
#include "avatar/package.h"
#include "device/device.h"
#include "device/open_device.h"

namespace mouthpiece {

namespace gpu {
class Instance;
}

/// The GPUs `indexes` of this machine, which share the frames of a job: request r is for the device
/// r modulo their number. Loads the package's generator for `features` onto each.
///
/// Throws Error: kUnsupported when this build has no Vulkan, the machine no driver or not such a
/// GPU, or the network or precision is none for it; as CheckEngineFits and CheckFeatureRows do.
std::unique_ptr<Device> OpenVulkanDevice(const Package& package, const DeviceSettings& settings,
                                         std::span<const int> indexes,
                                         const FeatureOrigin& features);

/// The same of an instance that is there.
std::unique_ptr<Device> OpenVulkanDevice(std::shared_ptr<const gpu::Instance> instance,
                                         const Package& package, const DeviceSettings& settings,
                                         std::span<const int> indexes,
                                         const FeatureOrigin& features);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_DEVICE_VULKAN_VULKAN_DEVICE_H_
