#include "device/several_devices.h"

#include <algorithm>
#include <string>
#include <utility>

namespace mouthpiece {
namespace {

class SeveralDevices final : public Device {
 public:
  explicit SeveralDevices(std::vector<std::unique_ptr<Device>> devices)
      : devices_(std::move(devices)), info_(devices_.front()->info()) {
    for (size_t i = 1; i < devices_.size(); ++i) {
      const EngineInfo& info = devices_[i]->info();
      info_.batch = std::min(info_.batch, info.batch);
      info_.requests += info.requests;
      // Of several of one kind once: shards of one and of two of them go together.
      if (info_.description.find(info.description) == std::string::npos) {
        info_.description += ", " + info.description;
      }
    }
  }

  const EngineInfo& info() const override { return info_; }

  std::span<float> Fill(int request, int i, const SourceFrame& source,
                        const Placement& placement) override {
    return Of(request).Fill(Within(request), i, source, placement);
  }

  void Start(int request, int count) override { Of(request).Start(Within(request), count); }

  void Wait(int request) override { Of(request).Wait(Within(request)); }

  void Composite(int request, std::span<SourceFrame> frames) override {
    Of(request).Composite(Within(request), frames);
  }

  /// The mean of theirs.
  double busy_seconds() const override {
    double sum = 0;
    for (const std::unique_ptr<Device>& device : devices_) sum += device->busy_seconds();
    return sum / static_cast<double>(devices_.size());
  }

  bool is_broken() const override {
    return std::ranges::any_of(devices_, [](const auto& device) { return device->is_broken(); });
  }

 private:
  int count() const { return static_cast<int>(devices_.size()); }
  Device& Of(int request) { return *devices_[static_cast<size_t>(request % count())]; }
  int Within(int request) const { return request / count(); }

  const std::vector<std::unique_ptr<Device>> devices_;
  EngineInfo info_;
};

}  // namespace

std::unique_ptr<Device> JoinDevices(std::vector<std::unique_ptr<Device>> devices) {
  if (devices.size() == 1) return std::move(devices.front());
  return std::make_unique<SeveralDevices>(std::move(devices));
}

}  // namespace mouthpiece
