#include "device/list_devices.h"

#include <unistd.h>

#include <fstream>
#include <iterator>
#include <string>
#include <thread>

#include "device/vulkan/list_gpus.h"

namespace mouthpiece {
namespace {

/// As the system calls it: "AMD EPYC 9654 96-Core Processor".
std::string CpuName() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    const size_t colon = line.find(": ");
    if (line.starts_with("model name") && colon != std::string::npos) return line.substr(colon + 2);
  }
  return "CPU";
}

uint64_t MemoryBytes() {
  const long pages = sysconf(_SC_PHYS_PAGES);
  const long page = sysconf(_SC_PAGESIZE);
  return pages > 0 && page > 0 ? static_cast<uint64_t>(pages) * static_cast<uint64_t>(page) : 0;
}

}  // namespace

DeviceDescription DescribeCpu() {
  return {
      .device = "cpu",
      .name = CpuName() + ", " + std::to_string(std::thread::hardware_concurrency()) + " threads",
      .kind = DeviceKind::kCpu,
      .driver = {},
      .memory_bytes = MemoryBytes(),
      .is_usable = true,
      .note = "network and compositing, unless another is named"};
}

std::vector<DeviceDescription> Devices() {
  std::vector<DeviceDescription> devices{DescribeCpu()};
  std::vector<DeviceDescription> gpus = ListGpus();
  devices.insert(devices.end(), std::make_move_iterator(gpus.begin()),
                 std::make_move_iterator(gpus.end()));
  return devices;
}

}  // namespace mouthpiece
