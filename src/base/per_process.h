// What a fork does not carry over: threads, and locks that one of them may hold.
#ifndef MOUTHPIECE_BASE_PER_PROCESS_H_
#define MOUTHPIECE_BASE_PER_PROCESS_H_

#include <unistd.h>

#include <atomic>
#include <functional>
#include <memory>
#include <utility>

namespace mouthpiece {

/// Owns a value of the process that made it. In a child that was forked off the value is not to be
/// touched: there is nobody to join, and locks may be held for good. The child leaves it where it
/// is, which costs it the memory that it shares with its parent anyway.
template <typename T>
class OfProcess {
 public:
  explicit OfProcess(std::unique_ptr<T> value) : value_(std::move(value)) {}
  ~OfProcess() { LeaveToParent(); }
  OfProcess(OfProcess&& other) noexcept = default;
  OfProcess& operator=(OfProcess&& other) noexcept {
    LeaveToParent();
    value_ = std::move(other.value_);
    process_ = other.process_;
    return *this;
  }

  /// Null in a child.
  T* get() const { return process_ == getpid() ? value_.get() : nullptr; }

 private:
  void LeaveToParent() {
    if (process_ != getpid()) value_.release();  // NOLINT(bugprone-unused-return-value)
  }

  std::unique_ptr<T> value_;
  pid_t process_ = getpid();
};

/// One value in each process: a child that was forked off gets one of its own when it first asks.
/// Thread-safe.
template <typename T>
class PerProcess {
 public:
  explicit PerProcess(std::function<std::unique_ptr<T>()> make)
      : make_(std::move(make)), current_(new OfProcess<T>(make_())) {}
  ~PerProcess() { delete current_.load(); }
  PerProcess(const PerProcess&) = delete;
  PerProcess& operator=(const PerProcess&) = delete;

  T& Get() {
    OfProcess<T>* current = current_.load();
    while (current->get() == nullptr) {
      auto fresh = std::make_unique<OfProcess<T>>(make_());
      // Of several threads that ask first, one is faster. The parent's stays where it is.
      if (current_.compare_exchange_strong(current, fresh.get())) current = fresh.release();
    }
    return *current->get();
  }

 private:
  const std::function<std::unique_ptr<T>()> make_;
  std::atomic<OfProcess<T>*> current_;
};

}  // namespace mouthpiece

#endif  // MOUTHPIECE_BASE_PER_PROCESS_H_
