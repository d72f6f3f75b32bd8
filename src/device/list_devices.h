// What this machine's CPU is called.
#ifndef MOUTHPIECE_DEVICE_LIST_DEVICES_H_
#define MOUTHPIECE_DEVICE_LIST_DEVICES_H_

#include "mouthpiece/devices.h"

namespace mouthpiece {

DeviceDescription DescribeCpu();

}  // namespace mouthpiece

#endif  // MOUTHPIECE_DEVICE_LIST_DEVICES_H_
