// Several devices that work on one job.
#ifndef MOUTHPIECE_DEVICE_SEVERAL_DEVICES_H_
#define MOUTHPIECE_DEVICE_SEVERAL_DEVICES_H_

#include <memory>
#include <vector>

#include "device/device.h"

namespace mouthpiece {

/// The requests of all `devices`, which have the same network and as many requests each, dealt out
/// in turn: request r is one of device r modulo their number. One device is returned as it is.
std::unique_ptr<Device> JoinDevices(std::vector<std::unique_ptr<Device>> devices);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_DEVICE_SEVERAL_DEVICES_H_
