// The GPUs of this machine.
#ifndef MOUTHPIECE_DEVICE_VULKAN_LIST_GPUS_H_
#define MOUTHPIECE_DEVICE_VULKAN_LIST_GPUS_H_

#include <vector>

#include "mouthpiece/devices.h"

namespace mouthpiece {

/// In the order of their numbers; one entry that is not usable where there are none.
std::vector<DeviceDescription> ListGpus();

}  // namespace mouthpiece

#endif  // MOUTHPIECE_DEVICE_VULKAN_LIST_GPUS_H_
