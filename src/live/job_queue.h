// Who needs a worker, and how soon.
#ifndef MOUTHPIECE_LIVE_JOB_QUEUE_H_
#define MOUTHPIECE_LIVE_JOB_QUEUE_H_

#include <unistd.h>

#include <condition_variable>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "mouthpiece/live.h"

namespace mouthpiece::live {

/// Has work in small pieces.
class Worker {
 public:
  virtual ~Worker() = default;
  /// Does its most urgent piece of work, if there still is one. Called by any thread, also by
  /// several at once. Does not throw.
  virtual void Work() = 0;
};

/// When nothing else is to be done.
inline constexpr Ticks kWhenIdle = std::numeric_limits<Ticks>::max();

/// Behind a Scheduler.
struct Scheduler::State {
  explicit State(const SchedulerOptions& chosen);

  /// Throws Error (kInvalidArgument) in a process that was forked off: its threads are not there.
  void RequireOwnProcess() const;
  /// Whether this is such a process; then `what` stays for good: nothing of it runs, and its locks
  /// may be held.
  bool LeaveToParent(std::shared_ptr<void> what) const;

  /// `worker` is asked to work once, by the thread that is free first when nothing is due before
  /// `deadline`, on the clock that all share. For any thread, also one that works.
  void Offer(std::shared_ptr<Worker> worker, Ticks deadline);
  /// In this thread; false when nothing is offered.
  bool RunOne();
  /// The threads' loop.
  void Run(const std::stop_token& stop);
  void StopAll();

  /// Promises the time of a session whose frame takes that long, or not.
  bool Promise(double frame_ms, bool at_any_rate);
  void TakeBack(double frame_ms);
  bool HasRoomFor(double frame_ms) const;

  const SchedulerOptions options;
  const int cores;
  const pid_t process = getpid();
  mutable std::mutex mutex;
  std::condition_variable_any offered;
  /// This and what follows: guarded by mutex.
  std::map<std::pair<Ticks, int64_t>, std::shared_ptr<Worker>> queue;
  int64_t offers = 0;
  int working = 0;       ///< Threads that are at something
  int working_idly = 0;  ///< Of them, at what was offered for kWhenIdle
  int promised = 0;
  double promised_ms = 0;  ///< Of a core, a frame
  int sessions = 0;
  int64_t frames = 0;
  bool is_stopped = false;
};

/// What was promised to one session: taken back at the end.
class Promise {
 public:
  /// Null when there is no room.
  static std::unique_ptr<Promise> Get(std::shared_ptr<Scheduler::State> scheduler, double frame_ms);
  ~Promise() { scheduler_->TakeBack(frame_ms_); }
  Promise(const Promise&) = delete;
  Promise& operator=(const Promise&) = delete;

 private:
  Promise(std::shared_ptr<Scheduler::State> scheduler, double frame_ms)
      : scheduler_(std::move(scheduler)), frame_ms_(frame_ms) {}

  const std::shared_ptr<Scheduler::State> scheduler_;
  const double frame_ms_;
};

}  // namespace mouthpiece::live

#endif  // MOUTHPIECE_LIVE_JOB_QUEUE_H_
