#include "serve/encoding_cost.h"

#include <numeric>

namespace mouthpiece::serve {

void EncodingCost::Add(std::chrono::nanoseconds time) {
  const double ms = std::chrono::duration<double, std::milli>(time).count();
  const std::lock_guard lock(mutex_);
  if (latest_.size() < kLatest) {
    latest_.push_back(ms);
    return;
  }
  latest_[next_] = ms;
  next_ = (next_ + 1) % kLatest;
}

double EncodingCost::ms() const {
  const std::lock_guard lock(mutex_);
  if (latest_.empty()) return 0;
  return std::accumulate(latest_.begin(), latest_.end(), 0.0) / static_cast<double>(latest_.size());
}

}  // namespace mouthpiece::serve
