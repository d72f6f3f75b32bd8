#include "device/vulkan/list_gpus.h"

#include <memory>
#include <string>
#include <string_view>

#include "base/no_fork.h"
#include "gpu/instance.h"
#include "infer/vulkan/operations.h"
#include "mouthpiece/error.h"

namespace mouthpiece {
namespace {

DeviceKind KindOf(gpu::DeviceType type) {
  switch (type) {
    case gpu::DeviceType::kDiscrete:
      return DeviceKind::kDiscrete;
    case gpu::DeviceType::kIntegrated:
      return DeviceKind::kIntegrated;
    case gpu::DeviceType::kVirtual:
      return DeviceKind::kVirtual;
    case gpu::DeviceType::kCpu:
      return DeviceKind::kSoftware;
    case gpu::DeviceType::kOther:
      return DeviceKind::kOther;
  }
  return DeviceKind::kOther;
}

std::string ObstacleOf(const gpu::DeviceInfo& info) {
  return info.obstacle.empty() ? vulkan::FindObstacle(info.limits) : info.obstacle;
}

std::string NoteOf(const gpu::DeviceInfo& info) {
  if (const std::string obstacle = ObstacleOf(info); !obstacle.empty()) {
    return "cannot be used: " + obstacle;
  }
  if (info.type == gpu::DeviceType::kCpu) {
    return "this is the CPU, many times slower than by itself: for tests, only when named";
  }
  return "network and compositing";
}

/// Without what the line begins with.
std::string Without(std::string_view prefix, const std::string& line) {
  return line.starts_with(prefix) ? line.substr(prefix.size()) : line;
}

}  // namespace

std::vector<DeviceDescription> ListGpus() {
  std::vector<DeviceDescription> gpus;
  try {
    const NoFork no_fork;
    const std::shared_ptr<const gpu::Instance> instance = gpu::Instance::Open();
    for (const gpu::DeviceInfo& info : instance->devices()) {
      gpus.push_back({.device = "vulkan:" + std::to_string(gpus.size()),
                      .name = info.name,
                      .kind = KindOf(info.type),
                      .driver = info.driver,
                      .memory_bytes = info.memory_bytes,
                      .is_usable = ObstacleOf(info).empty(),
                      .note = NoteOf(info)});
    }
  } catch (const Error& error) {
    gpus.assign(1, {.device = "vulkan", .note = Without("device vulkan: ", error.what())});
  }
  return gpus;
}

}  // namespace mouthpiece
