// What a build without Vulkan has in its place.
#include "device/vulkan/list_gpus.h"
#include "device/vulkan/vulkan_device.h"
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

}  // namespace mouthpiece
