// What a build without Vulkan has in its place.
#include "device/vulkan/list_gpus.h"
#include "device/vulkan/vulkan_device.h"
#include "device/vulkan/vulkan_mouths.h"
#include "mouthpiece/error.h"

namespace mouthpiece {
namespace {

constexpr const char* kWhy =
    "this build has no Vulkan: it was made without its headers (libvulkan-dev) or glslc";

[[noreturn]] void Refuse(const std::string& device) {
  throw Error(ErrorCode::kUnsupported, "device " + device + ": " + kWhy);
}

}  // namespace

std::vector<DeviceDescription> ListGpus() { return {{.device = "vulkan", .note = kWhy}}; }

std::unique_ptr<Device> OpenVulkanDevice(const Package& /*package*/, const DeviceSettings& settings,
                                         std::span<const int> /*indexes*/,
                                         const FeatureOrigin& /*features*/) {
  Refuse(settings.name);
}

std::unique_ptr<Mouths> OpenVulkanMouths(const Package& /*package*/, int index) {
  Refuse("vulkan:" + std::to_string(index));
}

}  // namespace mouthpiece
