// Weights of a network that several engines of a process use at once.
#ifndef MOUTHPIECE_INFER_WEIGHTS_KEEPER_H_
#define MOUTHPIECE_INFER_WEIGHTS_KEEPER_H_

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

namespace mouthpiece {

/// Knows the weights that engines have, for as long as one of them has them. Thread-safe.
class WeightsKeeper {
 public:
  /// The weights called `name`, if an engine has them, else what `make()` makes, a
  /// std::shared_ptr<const Weights>; null is not kept. The same name always stands for the same
  /// type. Others wait meanwhile: what they want is most likely the same.
  template <typename Weights, typename Make>
  std::shared_ptr<const Weights> Get(const std::string& name, Make make) {
    const std::lock_guard lock(mutex_);
    std::weak_ptr<const void>& known = weights_[name];
    if (std::shared_ptr<const void> there = known.lock()) {
      return std::static_pointer_cast<const Weights>(std::move(there));
    }
    std::shared_ptr<const Weights> made = make();
    known = made;
    return made;
  }

 private:
  std::mutex mutex_;
  std::map<std::string, std::weak_ptr<const void>> weights_;  ///< Guarded by mutex_
};

}  // namespace mouthpiece

#endif  // MOUTHPIECE_INFER_WEIGHTS_KEEPER_H_
