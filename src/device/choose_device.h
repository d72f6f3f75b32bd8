// Which device a name means on this machine.
#ifndef MOUTHPIECE_DEVICE_CHOOSE_DEVICE_H_
#define MOUTHPIECE_DEVICE_CHOOSE_DEVICE_H_

#include <span>
#include <string>

#include "avatar/package.h"
#include "device/open_device.h"
#include "device/speed_records.h"
#include "mouthpiece/devices.h"

namespace mouthpiece {

struct DeviceChoice {
  std::string name;    ///< As OpenDevice takes it
  std::string reason;  ///< Why `auto` took it: one line; empty when it was named
};

/// `auto` is the CPU unless a real GPU that is there now was measured to be faster with the
/// package's network (MeasureDevices); nothing is measured now, and nothing that is missing is an
/// error. `vulkan` is the first GPU that is no software, else the first one. Other names stay what
/// they are.
DeviceChoice ChooseDevice(const Package& package, const DeviceSettings& settings);

/// `auto` among `gpus`, with what was measured.
DeviceChoice ChooseFastest(const DeviceSettings& settings, std::span<const SpeedRecord> speeds,
                           std::span<const DeviceDescription> gpus);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_DEVICE_CHOOSE_DEVICE_H_
