// What became of a call of Vulkan.
#ifndef MOUTHPIECE_GPU_RESULT_H_
#define MOUTHPIECE_GPU_RESULT_H_

#include <string>

#include "gpu/functions.h"

namespace mouthpiece::gpu {

/// "out of device memory (VK_ERROR_OUT_OF_DEVICE_MEMORY)"
std::string Describe(VkResult result);

/// Throws Error for anything but VK_SUCCESS: `what` was being done on the device `name`.
/// kUnsupported where the device has too little of something, else kInternal.
void Check(VkResult result, const std::string& name, const std::string& what);

}  // namespace mouthpiece::gpu

#endif  // MOUTHPIECE_GPU_RESULT_H_
