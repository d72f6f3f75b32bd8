#include "device/choose_device.h"

#include <algorithm>
#include <cstdio>
#include <vector>

#include "device/vulkan/list_gpus.h"

namespace mouthpiece {
namespace {

constexpr const char* kCpu = "cpu";

bool IsReal(const DeviceDescription& gpu) {
  return gpu.is_usable && gpu.kind != DeviceKind::kSoftware;
}

/// Frames a second of the CPU; 0: not measured.
double CpuSpeed(std::span<const SpeedRecord> speeds) {
  const auto found = std::ranges::find(speeds, DeviceKind::kCpu, &SpeedRecord::kind);
  return found == speeds.end() ? 0 : found->fps;
}

bool IsFaster(const SpeedRecord& speed, double cpu) {
  return speed.kind != DeviceKind::kCpu && speed.kind != DeviceKind::kSoftware && speed.fps > cpu;
}

std::string Figures(double gpu, double cpu) {
  char text[96];
  std::snprintf(text, sizeof(text), "it was measured at %.0f frames a second, the CPU at %.0f", gpu,
                cpu);
  return text;
}

std::string FirstGpu() {
  const std::vector<DeviceDescription> gpus = ListGpus();
  const auto found = std::ranges::find_if(gpus, IsReal);
  // The name stays where nothing was to be chosen, and so do the messages of what is opened.
  return found == gpus.end() || found == gpus.begin() ? "vulkan" : found->device;
}

/// Why none of the GPUs can be taken, whatever was measured; empty: one can.
std::string Obstacle(const DeviceSettings& settings) {
  if (settings.engine == EngineKind::kOpenVino) return "openvino runs there";
  if (settings.precision != Precision::kAuto && settings.precision != Precision::kF16) {
    return std::string("no GPU was measured with precision ") + ToString(settings.precision);
  }
  return {};
}

}  // namespace

DeviceChoice ChooseFastest(const DeviceSettings& settings, std::span<const SpeedRecord> speeds,
                           std::span<const DeviceDescription> gpus) {
  if (const std::string obstacle = Obstacle(settings); !obstacle.empty()) return {kCpu, obstacle};
  const double cpu = CpuSpeed(speeds);
  if (cpu <= 0) return {kCpu, "nothing was measured: mouthpiece devices --measure AVATAR does"};
  DeviceChoice choice{kCpu, "no GPU that is there was measured to be faster"};
  double fastest = cpu;
  for (const DeviceDescription& gpu : gpus) {
    if (!IsReal(gpu)) continue;
    for (const SpeedRecord& speed : speeds) {
      if (!IsOf(speed, gpu) || !IsFaster(speed, fastest)) continue;
      fastest = speed.fps;
      choice = {gpu.device, Figures(speed.fps, cpu)};
    }
  }
  return choice;
}

DeviceChoice ChooseDevice(const Package& package, const DeviceSettings& settings) {
  if (settings.name == "vulkan") return {FirstGpu(), {}};
  if (settings.name != kAutoDevice) return {settings.name, {}};
  const std::vector<SpeedRecord> speeds = ReadSpeeds(SpeedFile(package));
  std::vector<DeviceDescription> gpus;
  const double cpu = CpuSpeed(speeds);
  // Drivers are not asked where nothing could come of it.
  if (std::ranges::any_of(speeds, [cpu](const SpeedRecord& each) { return IsFaster(each, cpu); })) {
    gpus = ListGpus();
  }
  return ChooseFastest(settings, speeds, gpus);
}

}  // namespace mouthpiece
