#include "device/open_device.h"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <system_error>
#include <vector>

#include "device/cpu/cpu_device.h"
#include "device/engine_fit.h"
#include "device/vulkan/vulkan_device.h"
#include "mouthpiece/error.h"

namespace mouthpiece {
namespace {

std::unique_ptr<Device> OpenCpu(const Package& package, const DeviceSettings& settings,
                                const FeatureOrigin& features, WeightsKeeper& weights) {
  return CreateCpuDevice(OpenGenerator(package,
                                       {.model = {},
                                        .precision = settings.precision,
                                        .batch = settings.batch,
                                        .threads = settings.threads,
                                        .requests = 0,
                                        .kind = settings.engine,
                                        .weights = &weights},
                                       features),
                         package.geometry, package.mapped_range);
}

constexpr std::string_view kVulkan = "vulkan";

[[noreturn]] void Reject(const std::string& name) {
  throw Error(
      ErrorCode::kInvalidArgument,
      "device: expected cpu, auto, vulkan, vulkan:N or several of those with commas between, found "
      "\"" +
          name + "\"");
}

/// "vulkan" or "vulkan:N"; -1: neither.
int GpuIndex(std::string_view name) {
  if (name == kVulkan) return 0;
  if (!name.starts_with(kVulkan) || name.size() == kVulkan.size()) return -1;
  name.remove_prefix(kVulkan.size());
  if (name.front() != ':') return -1;
  int index = -1;
  const auto [end, error] = std::from_chars(name.data() + 1, name.data() + name.size(), index);
  return error == std::errc() && end == name.data() + name.size() ? index : -1;
}

}  // namespace

std::vector<int> GpuIndexes(const std::string& name) {
  std::vector<int> indexes;
  if (name == "cpu") return indexes;
  for (size_t begin = 0; begin <= name.size();) {
    const size_t end = std::min(name.find(',', begin), name.size());
    indexes.push_back(GpuIndex(std::string_view(name).substr(begin, end - begin)));
    if (indexes.back() < 0) Reject(name);
    begin = end + 1;
  }
  return indexes;
}

DeviceSettings DeviceSettingsOf(const Machine& machine) {
  return {.name = machine.device,
          .precision = machine.precision,
          .engine = machine.engine,
          .batch = machine.batch,
          .threads = machine.threads,
          .device_memory = machine.device_memory};
}

void CheckDeviceName(const std::string& name) {
  if (name != kAutoDevice) GpuIndexes(name);
}

std::unique_ptr<Device> OpenDevice(const Package& package, const DeviceSettings& settings,
                                   const FeatureOrigin& features, WeightsKeeper& weights) {
  const std::vector<int> gpus = GpuIndexes(settings.name);
  if (gpus.empty()) return OpenCpu(package, settings, features, weights);
  return OpenVulkanDevice(package, settings, gpus, features);
}

}  // namespace mouthpiece
