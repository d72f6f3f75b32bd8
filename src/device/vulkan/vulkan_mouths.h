// Mouths that somebody else has made, put into frames by a GPU.
#ifndef MOUTHPIECE_DEVICE_VULKAN_VULKAN_MOUTHS_H_
#define MOUTHPIECE_DEVICE_VULKAN_VULKAN_MOUTHS_H_

#include <memory>

#include "avatar/package.h"
#include "device/mouths.h"

namespace mouthpiece {

/// Of the GPU `index` of this machine: ring and mouth go there, the rectangle comes back. Throws
/// Error (kUnsupported) when this build has no Vulkan, the machine no driver or not such a GPU.
std::unique_ptr<Mouths> OpenVulkanMouths(const Package& package, int index);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_DEVICE_VULKAN_VULKAN_MOUTHS_H_
