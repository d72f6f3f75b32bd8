// What was measured of devices, from one process to the next.
#ifndef MOUTHPIECE_DEVICE_SPEED_RECORDS_H_
#define MOUTHPIECE_DEVICE_SPEED_RECORDS_H_

#include <filesystem>
#include <string>
#include <vector>

#include "avatar/package.h"
#include "mouthpiece/devices.h"

namespace mouthpiece {

/// How fast a device made the mouths of one network.
struct SpeedRecord {
  DeviceKind kind = DeviceKind::kOther;
  std::string name;
  std::string driver;
  double fps = 0;
};

/// Whether it was measured of this device with this driver.
bool IsOf(const SpeedRecord& record, const DeviceDescription& device);

/// The file for the package's network on this CPU, as this version measures; other networks, told
/// apart by the file's name, size and time, have another. Empty when the user has no cache folder.
std::filesystem::path SpeedFile(const Package& package);

/// What a file holds; nothing where it is not there or no such file.
std::vector<SpeedRecord> ReadSpeeds(const std::filesystem::path& file);

/// Writes what it holds and `records`, which take the place of older ones of their devices. Throws
/// Error (kIo).
void RememberSpeeds(const std::filesystem::path& file, const std::vector<SpeedRecord>& records);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_DEVICE_SPEED_RECORDS_H_
