// What waits to be pushed.
#ifndef MOUTHPIECE_SERVE_SETTLED_QUEUE_H_
#define MOUTHPIECE_SERVE_SETTLED_QUEUE_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <utility>

#include "serve/settled_track.h"

namespace mouthpiece::serve {

/// In the order in which it came, from a key on. When what is first has waited for too long, all
/// goes, and what follows up to the next key. Not thread-safe.
class SettledQueue {
 public:
  using Time = std::chrono::steady_clock::time_point;

  static constexpr std::chrono::milliseconds kLate{1000};
  static constexpr size_t kMostBytes = size_t{8} << 20;

  void Push(std::shared_ptr<const Settled> settled, Time now) {
    if (!items_.empty() && (now - items_.front().since > kLate || bytes_ > kMostBytes)) Drop();
    const bool is_key = settled->unit != nullptr && settled->unit->key;
    if (waits_for_key_ && !is_key) {
      ++dropped_;
      return;
    }
    waits_for_key_ = false;
    bytes_ += BytesOf(*settled);
    items_.push_back({std::move(settled), now});
  }
  /// Null when there is nothing.
  std::shared_ptr<const Settled> Pop() {
    if (items_.empty()) return nullptr;
    std::shared_ptr<const Settled> settled = std::move(items_.front().settled);
    items_.pop_front();
    bytes_ -= BytesOf(*settled);
    return settled;
  }
  /// Goes on with the next key.
  void Drop() {
    dropped_ += static_cast<int64_t>(items_.size());
    items_.clear();
    bytes_ = 0;
    waits_for_key_ = true;
  }

  bool empty() const { return items_.empty(); }
  bool waits_for_key() const { return waits_for_key_; }
  size_t bytes() const { return bytes_; }
  /// Intervals that were never taken; counted from the last time that this was asked.
  int64_t TakeDropped() { return std::exchange(dropped_, 0); }

 private:
  struct Waiting {
    std::shared_ptr<const Settled> settled;
    Time since;
  };

  static size_t BytesOf(const Settled& settled) {
    const size_t picture = settled.unit == nullptr ? 0 : settled.unit->bytes.size();
    return picture + settled.sound.size() * sizeof(int16_t);
  }

  std::deque<Waiting> items_;
  size_t bytes_ = 0;
  int64_t dropped_ = 0;
  bool waits_for_key_ = true;
};

}  // namespace mouthpiece::serve

#endif  // MOUTHPIECE_SERVE_SETTLED_QUEUE_H_
