// Cooperative cancellation.
#ifndef MOUTHPIECE_BASE_CANCEL_H_
#define MOUTHPIECE_BASE_CANCEL_H_

#include <atomic>

#include "mouthpiece/error.h"

namespace mouthpiece {

/// Borrows the caller's flag (which may be null: never cancelled). Copyable, thread-safe.
class CancelToken {
 public:
  CancelToken() = default;
  explicit CancelToken(const std::atomic<bool>* flag) : flag_(flag) {}

  bool cancelled() const { return flag_ != nullptr && flag_->load(std::memory_order_relaxed); }
  void ThrowIfCancelled() const {
    if (cancelled()) throw Error(ErrorCode::kCancelled, "cancelled");
  }

 private:
  const std::atomic<bool>* flag_ = nullptr;
};

}  // namespace mouthpiece

#endif  // MOUTHPIECE_BASE_CANCEL_H_
