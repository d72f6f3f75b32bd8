#include "device/device_keeper.h"

#include <utility>

#include "base/timing.h"
#include "device/engine_fit.h"

namespace mouthpiece {

DeviceKeeper::Loan::Loan(DeviceKeeper& keeper, const DeviceSettings& settings, DeviceChoice choice,
                         std::unique_ptr<Device> device, double load_wall_s)
    : keeper_(keeper),
      settings_(settings),
      choice_(std::move(choice)),
      device_(std::move(device)),
      load_wall_s_(load_wall_s),
      busy_before_s_(device_->busy_seconds()) {}

DeviceKeeper::Loan::~Loan() {
  if (device_->is_broken()) return;
  const std::lock_guard lock(keeper_.mutex_);
  keeper_.settings_ = settings_;
  keeper_.kept_.swap(device_);  // of several at once the last one stays
}

const DeviceChoice& DeviceKeeper::ChoiceFor(const Package& package,
                                            const DeviceSettings& settings) {
  const std::lock_guard lock(choice_mutex_);
  const auto found = choices_.find(settings.name);
  if (found != choices_.end()) return found->second;
  return choices_.emplace(settings.name, ChooseDevice(package, settings)).first->second;
}

DeviceKeeper::Loan DeviceKeeper::Borrow(const Package& package, const DeviceSettings& asked,
                                        const FeatureOrigin& features) {
  const DeviceChoice choice = ChoiceFor(package, asked);
  DeviceSettings settings = asked;
  settings.name = choice.name;
  std::unique_ptr<Device> device;
  bool is_loaded = false;
  {
    const std::lock_guard lock(mutex_);
    is_loaded = kept_ && settings_ == settings;
    if (is_loaded) CheckFeatureRows(kept_->info(), features);
    device.swap(kept_);
  }
  if (is_loaded) return Loan(*this, settings, choice, std::move(device), 0);
  device.reset();
  const Clock::time_point start = Clock::now();
  device = OpenDevice(package, settings, features, weights_);
  return Loan(*this, settings, choice, std::move(device), SecondsSince(start));
}

}  // namespace mouthpiece
