#include "device/open_device.h"

#include <algorithm>
#include <iterator>

#include "device/cpu/cpu_device.h"
#include "device/engine_fit.h"
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

struct Kind {
  const char* name;
  std::unique_ptr<Device> (*open)(const Package&, const DeviceSettings&,
                                  const FeatureOrigin& features, WeightsKeeper& weights);
};

/// A new device is a folder and a line here.
constexpr Kind kKinds[] = {{"cpu", OpenCpu}};

const Kind& FindKind(const std::string& name) {
  const auto* const kind =
      std::ranges::find_if(kKinds, [&](const Kind& known) { return name == known.name; });
  if (kind != std::end(kKinds)) return *kind;
  std::string names;
  for (const Kind& known : kKinds) names += (names.empty() ? "" : " or ") + std::string(known.name);
  throw Error(ErrorCode::kInvalidArgument,
              "device: expected " + names + ", found \"" + name + "\"");
}

}  // namespace

DeviceSettings DeviceSettingsOf(const Machine& machine) {
  return {.name = machine.device,
          .precision = machine.precision,
          .engine = machine.engine,
          .batch = machine.batch,
          .threads = machine.threads};
}

void CheckDeviceName(const std::string& name) { FindKind(name); }

std::unique_ptr<Device> OpenDevice(const Package& package, const DeviceSettings& settings,
                                   const FeatureOrigin& features, WeightsKeeper& weights) {
  return FindKind(settings.name).open(package, settings, features, weights);
}

}  // namespace mouthpiece
