// What a build without Vulkan has in its place.
#include "device/vulkan/vulkan_device.h"
#include "mouthpiece/error.h"

namespace mouthpiece {

std::unique_ptr<Device> OpenVulkanDevice(const Package& /*package*/, const DeviceSettings& settings,
                                         std::span<const int> /*indexes*/,
                                         const FeatureOrigin& /*features*/) {
  throw Error(ErrorCode::kUnsupported,
              "device " + settings.name +
                  ": this build has no Vulkan: it was made without its headers (libvulkan-dev) or "
                  "glslc");
}

}  // namespace mouthpiece
