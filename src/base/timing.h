// Accounting of the time that pipeline stages take.
#ifndef MOUTHPIECE_BASE_TIMING_H_
#define MOUTHPIECE_BASE_TIMING_H_

#include <time.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>

namespace mouthpiece {

using Clock = std::chrono::steady_clock;

inline double SecondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// What a stage took, summed over its threads.
struct StageTime {
  double wall_s = 0;
  /// Of the stage's own threads; unset where other threads do the work.
  std::optional<double> cpu_s;
};

/// CPU time of the calling thread so far.
inline std::chrono::nanoseconds ThreadCpuTime() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

/// Sum of the time spent inside one stage. Thread-safe.
class StageTimer {
 public:
  /// Adds the time from its construction to its destruction, both on one thread.
  class Scope {
   public:
    explicit Scope(StageTimer& timer)
        : timer_(timer), start_(Clock::now()), cpu_start_(ThreadCpuTime()) {}
    ~Scope() { timer_.Add(Clock::now() - start_, ThreadCpuTime() - cpu_start_); }
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    StageTimer& timer_;
    Clock::time_point start_;
    std::chrono::nanoseconds cpu_start_;
  };

  double wall_seconds() const { return Seconds(wall_); }
  StageTime time() const { return {Seconds(wall_), Seconds(cpu_)}; }

 private:
  void Add(std::chrono::nanoseconds wall, std::chrono::nanoseconds cpu) {
    wall_ += wall.count();
    cpu_ += cpu.count();
  }
  static double Seconds(const std::atomic<int64_t>& nanoseconds) {
    return static_cast<double>(nanoseconds.load()) * 1e-9;
  }

  std::atomic<int64_t> wall_{0};
  std::atomic<int64_t> cpu_{0};
};

}  // namespace mouthpiece

#endif  // MOUTHPIECE_BASE_TIMING_H_
