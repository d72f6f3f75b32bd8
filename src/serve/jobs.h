// Threads for what takes its time.
#ifndef MOUTHPIECE_SERVE_JOBS_H_
#define MOUTHPIECE_SERVE_JOBS_H_

#include <atomic>
#include <cstddef>
#include <functional>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "base/bounded_queue.h"

namespace mouthpiece::serve {

/// Runs jobs in the order in which they came, several at a time. Thread-safe.
class Jobs {
 public:
  Jobs(int threads, size_t most_waiting) : most_waiting_(most_waiting), queue_(most_waiting) {
    for (int i = 0; i < threads; ++i) {
      threads_.emplace_back([this] {
        while (std::optional<std::function<void()>> job = queue_.Pop()) {
          --waiting_;
          (*job)();
        }
      });
    }
  }
  /// Drops those that wait; ends after those that run.
  ~Jobs() { Stop(); }
  Jobs(const Jobs&) = delete;
  Jobs& operator=(const Jobs&) = delete;

  /// False when too many wait. A job does not throw.
  bool Add(std::function<void()> job) {
    if (++waiting_ > most_waiting_) {
      --waiting_;
      return false;
    }
    return queue_.Push(std::move(job));
  }
  void Stop() {
    queue_.Abort();
    threads_.clear();
  }

 private:
  const size_t most_waiting_;
  std::atomic<size_t> waiting_ = 0;
  BoundedQueue<std::function<void()>> queue_;
  std::vector<std::jthread> threads_;
};

}  // namespace mouthpiece::serve

#endif  // MOUTHPIECE_SERVE_JOBS_H_
