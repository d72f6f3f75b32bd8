// Wall-clock accounting of pipeline stages.
#ifndef MOUTHPIECE_BASE_TIMING_H_
#define MOUTHPIECE_BASE_TIMING_H_

#include <atomic>
#include <chrono>
#include <cstdint>

namespace mouthpiece {

using Clock = std::chrono::steady_clock;

inline double SecondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Sum of the wall time spent inside one stage. Thread-safe.
class StageTimer {
 public:
  /// Adds the time from its construction to its destruction.
  class Scope {
   public:
    explicit Scope(StageTimer& timer) : timer_(timer), start_(Clock::now()) {}
    ~Scope() { timer_.Add(Clock::now() - start_); }
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    StageTimer& timer_;
    Clock::time_point start_;
  };

  void Add(Clock::duration time) {
    nanoseconds_ += std::chrono::duration_cast<std::chrono::nanoseconds>(time).count();
  }
  double seconds() const { return static_cast<double>(nanoseconds_.load()) * 1e-9; }

 private:
  std::atomic<int64_t> nanoseconds_{0};
};

}  // namespace mouthpiece

#endif  // MOUTHPIECE_BASE_TIMING_H_
