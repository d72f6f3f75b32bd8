#include "device/device_keeper.h"

#include <utility>

#include "base/timing.h"
#include "device/engine_fit.h"

namespace mouthpiece {

DeviceKeeper::Loan::Loan(DeviceKeeper& keeper, const DeviceSettings& settings,
                         std::unique_ptr<Device> device, double load_wall_s)
    : keeper_(keeper),
      settings_(settings),
      device_(std::move(device)),
      load_wall_s_(load_wall_s),
      busy_before_s_(device_->busy_seconds()) {}

DeviceKeeper::Loan::~Loan() {
  const std::lock_guard lock(keeper_.mutex_);
  keeper_.settings_ = settings_;
  keeper_.kept_.swap(device_);  // of several at once the last one stays
}

DeviceKeeper::Loan DeviceKeeper::Borrow(const Package& package, const DeviceSettings& settings,
                                        const FeatureOrigin& features) {
  std::unique_ptr<Device> device;
  bool is_loaded = false;
  {
    const std::lock_guard lock(mutex_);
    is_loaded = kept_ && settings_ == settings;
    if (is_loaded) CheckFeatureRows(kept_->info(), features);
    device.swap(kept_);
  }
  if (is_loaded) return Loan(*this, settings, std::move(device), 0);
  device.reset();
  const Clock::time_point start = Clock::now();
  device = OpenDevice(package, settings, features, weights_);
  return Loan(*this, settings, std::move(device), SecondsSince(start));
}

}  // namespace mouthpiece
