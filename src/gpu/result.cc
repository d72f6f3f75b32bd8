#include "gpu/result.h"

#include "mouthpiece/error.h"

namespace mouthpiece::gpu {

std::string Describe(VkResult result) {
  switch (result) {
    case VK_ERROR_OUT_OF_HOST_MEMORY:
      return "out of host memory (VK_ERROR_OUT_OF_HOST_MEMORY)";
    case VK_ERROR_OUT_OF_DEVICE_MEMORY:
      return "out of device memory (VK_ERROR_OUT_OF_DEVICE_MEMORY)";
    case VK_ERROR_INITIALIZATION_FAILED:
      return "its driver could not start (VK_ERROR_INITIALIZATION_FAILED)";
    case VK_ERROR_DEVICE_LOST:
      return "the device was lost: a watchdog that found it too slow, or a fault "
             "(VK_ERROR_DEVICE_LOST)";
    case VK_ERROR_INCOMPATIBLE_DRIVER:
      return "no driver for it (VK_ERROR_INCOMPATIBLE_DRIVER)";
    case VK_ERROR_TOO_MANY_OBJECTS:
      return "too many objects (VK_ERROR_TOO_MANY_OBJECTS)";
    case VK_TIMEOUT:
      return "no answer in time (VK_TIMEOUT)";
    default:
      return "VkResult " + std::to_string(static_cast<int>(result));
  }
}

void Check(VkResult result, const std::string& name, const std::string& what) {
  if (result == VK_SUCCESS) return;
  const bool lacks = result == VK_ERROR_OUT_OF_HOST_MEMORY ||
                     result == VK_ERROR_OUT_OF_DEVICE_MEMORY || result == VK_ERROR_TOO_MANY_OBJECTS;
  throw Error(lacks ? ErrorCode::kUnsupported : ErrorCode::kInternal,
              name + ": " + what + ": " + Describe(result) +
                  (lacks ? "; a smaller batch and less device memory for faces need less" : ""));
}

}  // namespace mouthpiece::gpu
