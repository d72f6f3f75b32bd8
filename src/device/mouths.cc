#include "device/mouths.h"

#include <vector>

#include "device/choose_device.h"
#include "device/open_device.h"
#include "device/vulkan/vulkan_mouths.h"

namespace mouthpiece {
namespace {

class CpuMouths final : public Mouths {
 public:
  explicit CpuMouths(const Package& package)
      : linear_(package.geometry, Resample::kLinear, package.mapped_range),
        cubic_(package.geometry, Resample::kCubic, package.mapped_range) {}

  void Composite(const Prediction& prediction, const Placement& placement,
                 SourceFrame& source) override {
    Compositor& compositor = placement.resample == Resample::kLinear ? linear_ : cubic_;
    compositor.Composite(prediction, source.face.ring, placement.rect, source.frame.picture(),
                         source.kept);
  }

 private:
  Compositor linear_;
  Compositor cubic_;
};

}  // namespace

std::unique_ptr<Mouths> OpenMouths(const Package& package, const std::string& name) {
  if (name == kAutoDevice) return std::make_unique<CpuMouths>(package);
  DeviceSettings settings;
  settings.name = name;
  const std::vector<int> gpus = GpuIndexes(ChooseDevice(package, settings).name);
  if (gpus.empty()) return std::make_unique<CpuMouths>(package);
  return OpenVulkanMouths(package, gpus.front());
}

}  // namespace mouthpiece
