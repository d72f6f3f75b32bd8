// Hears of the end of an utterance, also when that came before anybody waited.
#ifndef MOUTHPIECE_SERVE_FINISHED_WAIT_H_
#define MOUTHPIECE_SERVE_FINISHED_WAIT_H_

#include <functional>
#include <mutex>
#include <optional>
#include <utility>

#include "mouthpiece/live.h"

namespace mouthpiece::serve {

/// Thread-safe.
class FinishedWait {
 public:
  void Set(const live::Finished& finished) {
    std::function<void()> notify;
    {
      const std::lock_guard lock(mutex_);
      if (finished_) return;
      finished_ = finished;
      notify = std::exchange(notify_, {});
    }
    if (notify) notify();
  }

  /// Calls `notify` once it is set: now, if it is.
  void Then(std::function<void()> notify) {
    {
      const std::lock_guard lock(mutex_);
      if (!finished_) {
        notify_ = std::move(notify);
        return;
      }
    }
    notify();
  }

  std::optional<live::Finished> finished() const {
    const std::lock_guard lock(mutex_);
    return finished_;
  }

 private:
  mutable std::mutex mutex_;
  std::optional<live::Finished> finished_;
  std::function<void()> notify_;
};

}  // namespace mouthpiece::serve

#endif  // MOUTHPIECE_SERVE_FINISHED_WAIT_H_
