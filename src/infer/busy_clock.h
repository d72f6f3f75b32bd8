// How long at least one of several overlapping jobs was running.
#ifndef MOUTHPIECE_INFER_BUSY_CLOCK_H_
#define MOUTHPIECE_INFER_BUSY_CLOCK_H_

#include <mutex>

#include "base/timing.h"

namespace mouthpiece {

/// The union of the intervals between Begin() and End(). Thread-safe.
class BusyClock {
 public:
  void Begin() {
    const std::lock_guard lock(mutex_);
    if (running_++ == 0) start_ = Clock::now();
  }

  void End() {
    const std::lock_guard lock(mutex_);
    if (--running_ == 0) total_ += Clock::now() - start_;
  }

  /// With what has passed of an interval that is still open.
  double seconds() const {
    const std::lock_guard lock(mutex_);
    Clock::duration total = total_;
    if (running_ > 0) total += Clock::now() - start_;
    return std::chrono::duration<double>(total).count();
  }

 private:
  mutable std::mutex mutex_;
  int running_ = 0;
  Clock::time_point start_;
  Clock::duration total_{0};
};

}  // namespace mouthpiece

#endif  // MOUTHPIECE_INFER_BUSY_CLOCK_H_
