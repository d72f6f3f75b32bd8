// The devices that this build has, by name.
#ifndef MOUTHPIECE_DEVICE_OPEN_DEVICE_H_
#define MOUTHPIECE_DEVICE_OPEN_DEVICE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "avatar/feature_contract.h"
#include "avatar/package.h"
#include "device/device.h"
#include "mouthpiece/options.h"

namespace mouthpiece {

/// The name of whichever device is known to be the fastest (choose_device.h).
inline constexpr const char* kAutoDevice = "auto";

/// What a device and its network are made for: of Machine, all that they depend on.
struct DeviceSettings {
  std::string name = "cpu";
  Precision precision = Precision::kAuto;
  EngineKind engine = EngineKind::kAuto;
  int batch = 0;
  int threads = 0;
  uint64_t device_memory = 0;

  friend bool operator==(const DeviceSettings&, const DeviceSettings&) = default;
};

DeviceSettings DeviceSettingsOf(const Machine& machine);

/// Throws Error (kInvalidArgument) when no device is called that. Whether the machine has it is
/// seen when it is opened; kAutoDevice has to be chosen before.
void CheckDeviceName(const std::string& name);

/// The GPUs of a name, by their numbers; none: it is the CPU's. Throws Error (kInvalidArgument).
std::vector<int> GpuIndexes(const std::string& name);

/// Loads the package's generator for `features`, with weights that devices of the same keeper
/// share. Throws Error as CheckDeviceName and OpenGenerator do.
std::unique_ptr<Device> OpenDevice(const Package& package, const DeviceSettings& settings,
                                   const FeatureOrigin& features, WeightsKeeper& weights);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_DEVICE_OPEN_DEVICE_H_
