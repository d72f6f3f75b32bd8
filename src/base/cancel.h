// Cooperative cancellation.
#ifndef MOUTHPIECE_BASE_CANCEL_H_
#define MOUTHPIECE_BASE_CANCEL_H_

#include <atomic>
#include <cstdint>

#include "mouthpiece/error.h"

namespace mouthpiece {

/// Counts how often all that runs was cancelled: what begins afterwards is not meant.
using CancelCount = std::atomic<uint64_t>;

/// Borrows the caller's flag and a count for several jobs, either of which may be null: never
/// cancelled. Copyable, thread-safe.
class CancelToken {
 public:
  CancelToken() = default;
  explicit CancelToken(const std::atomic<bool>* flag, const CancelCount* count = nullptr)
      : flag_(flag), count_(count), count_before_(count == nullptr ? 0 : count->load()) {}

  bool cancelled() const {
    return (flag_ != nullptr && flag_->load(std::memory_order_relaxed)) ||
           (count_ != nullptr && count_->load(std::memory_order_relaxed) != count_before_);
  }
  void ThrowIfCancelled() const {
    if (cancelled()) throw Error(ErrorCode::kCancelled, "cancelled");
  }

 private:
  const std::atomic<bool>* flag_ = nullptr;
  const CancelCount* count_ = nullptr;
  uint64_t count_before_ = 0;
};

}  // namespace mouthpiece

#endif  // MOUTHPIECE_BASE_CANCEL_H_
