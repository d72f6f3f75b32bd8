// A device and its network that outlive the render they were loaded for.
#ifndef MOUTHPIECE_DEVICE_DEVICE_KEEPER_H_
#define MOUTHPIECE_DEVICE_DEVICE_KEEPER_H_

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "avatar/feature_contract.h"
#include "avatar/package.h"
#include "device/choose_device.h"
#include "device/device.h"
#include "device/open_device.h"
#include "infer/weights_keeper.h"

namespace mouthpiece {

/// Lends the devices of one package to renders and keeps one between them; those of renders at the
/// same time share their weights. Thread-safe.
class DeviceKeeper {
 public:
  /// One render's exclusive use of a device, which goes back to the keeper at the end unless it
  /// broke: none of its requests runs then (RunPipeline sees to it).
  class Loan {
   public:
    Loan(DeviceKeeper& keeper, const DeviceSettings& settings, DeviceChoice choice,
         std::unique_ptr<Device> device, double load_wall_s);
    ~Loan();
    Loan(const Loan&) = delete;
    Loan& operator=(const Loan&) = delete;

    Device* get() const { return device_.get(); }
    Device* operator->() const { return device_.get(); }
    /// Which one it is, and why.
    const DeviceChoice& choice() const { return choice_; }
    /// Seconds that loading took; 0 when it was there.
    double load_wall_s() const { return load_wall_s_; }
    /// Device::busy_seconds() of this loan alone.
    double busy_seconds() const { return device_->busy_seconds() - busy_before_s_; }

   private:
    DeviceKeeper& keeper_;
    const DeviceSettings settings_;
    const DeviceChoice choice_;
    std::unique_ptr<Device> device_;
    const double load_wall_s_;
    const double busy_before_s_;
  };

  /// The device that was kept, if it is for `settings`; else that one is dropped, to have its
  /// memory, and a new one is opened. What a name like `auto` means is settled the first time. The
  /// package is the same every time. Throws Error as
  /// OpenDevice does, for features that are not the network's also when it was kept.
  Loan Borrow(const Package& package, const DeviceSettings& settings,
              const FeatureOrigin& features);

 private:
  const DeviceChoice& ChoiceFor(const Package& package, const DeviceSettings& settings);

  WeightsKeeper weights_;
  std::mutex choice_mutex_;
  std::map<std::string, DeviceChoice> choices_;  ///< By name; guarded by choice_mutex_
  std::mutex mutex_;
  std::unique_ptr<Device> kept_;  ///< This and what follows: guarded by mutex
  DeviceSettings settings_;       ///< Of kept_
};

}  // namespace mouthpiece

#endif  // MOUTHPIECE_DEVICE_DEVICE_KEEPER_H_
