// The devices of this machine that render, and how fast they are.
#ifndef MOUTHPIECE_DEVICES_H_
#define MOUTHPIECE_DEVICES_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "mouthpiece/avatar.h"
#include "mouthpiece/export.h"
#include "mouthpiece/hooks.h"
#include "mouthpiece/types.h"

namespace mouthpiece {

enum class DeviceKind {
  kCpu,
  kDiscrete,    ///< A GPU with memory of its own
  kIntegrated,  ///< One that shares the CPU's
  kVirtual,     ///< One of a virtual machine
  kSoftware,    ///< The CPU, which plays a GPU
  kOther,
};

template <>
struct NameTable<DeviceKind> {
  static constexpr Named<DeviceKind> kEntries[] = {{DeviceKind::kCpu, "cpu"},
                                                   {DeviceKind::kDiscrete, "discrete"},
                                                   {DeviceKind::kIntegrated, "integrated"},
                                                   {DeviceKind::kVirtual, "virtual"},
                                                   {DeviceKind::kSoftware, "software"},
                                                   {DeviceKind::kOther, "other"}};
};

struct DeviceDescription {
  std::string device =
      {};                 ///< What Machine::device takes: "cpu", "vulkan:0"; "vulkan" where none is
  std::string name = {};  ///< As its driver calls it: "NVIDIA H100"
  DeviceKind kind = DeviceKind::kOther;
  std::string driver = {};    ///< With its version: "NVIDIA 550.54"; empty: not known
  uint64_t memory_bytes = 0;  ///< Of its own; 0: not known
  bool is_usable = false;
  std::string note = {};  ///< What it is good for, or why it cannot be used: one line
};

/// The CPU, then each GPU in the order of its number. Where there is no GPU, one entry that is not
/// usable says why: a build without Vulkan, no loader, no driver. Does not throw for any of them.
MOUTHPIECE_EXPORT std::vector<DeviceDescription> Devices();

struct MeasureOptions {
  /// By the names that Machine::device takes, one each; beside the CPU, which is always measured.
  /// Empty: each GPU that is usable and no software.
  std::vector<std::string> devices = {};
  double seconds = 3;  ///< For each device, at most so much longer as two of its batches take
};

/// How fast a device makes an avatar's mouths: network and compositing, without decoding and
/// encoding.
struct DeviceSpeed {
  DeviceDescription device;
  double fps = 0;       ///< Frames a second; 0: it could not be measured
  int64_t frames = 0;   ///< That were measured
  int batch = 0;        ///< Frames a call of the network
  std::string engine;   ///< What ran the network, as RenderStats::engine
  std::string problem;  ///< Why it could not be measured: one line; empty: it was
};

/// Measures devices with the settings that they have by default, the CPU first, and remembers the
/// results in the user's cache folder (XDG_CACHE_HOME, else ~/.cache) for Machine::device "auto":
/// by network, version of Mouthpiece, CPU, device and driver. A result that cannot be written is a
/// warning. Throws Error: kInvalidArgument for a device that is not there, kBadPackage when the
/// avatar's frames cannot be decoded, kCancelled.
MOUTHPIECE_EXPORT std::vector<DeviceSpeed> MeasureDevices(
    const std::shared_ptr<const Avatar>& avatar, const MeasureOptions& options = {},
    const Hooks& hooks = {});

}  // namespace mouthpiece

#endif  // MOUTHPIECE_DEVICES_H_
