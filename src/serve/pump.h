// The threads that give sessions their turns.
#ifndef MOUTHPIECE_SERVE_PUMP_H_
#define MOUTHPIECE_SERVE_PUMP_H_

#include <condition_variable>
#include <memory>
#include <mutex>
#include <set>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "mouthpiece/live_clock.h"

namespace mouthpiece::serve {

/// What has something to do from time to time.
class Pumped {
 public:
  virtual ~Pumped() = default;
  /// One at a time. Returns when the next turn is due. Does not throw.
  virtual live::Ticks Turn() noexcept = 0;
};

/// Gives each its turns when they are due, by a clock that runs. Thread-safe.
class Pump {
 public:
  Pump(int threads, std::shared_ptr<const live::Clock> clock);
  ~Pump() { Stop(); }
  Pump(const Pump&) = delete;
  Pump& operator=(const Pump&) = delete;

  /// From now on; its first turn is due at once.
  void Add(std::shared_ptr<Pumped> pumped);
  /// No turn begins any more; one may be running.
  void Remove(const Pumped* pumped);
  /// A turn is due now; nothing for one that was not added.
  void Wake(const Pumped* pumped);
  /// No turns any more; waits for those that are running. Not from a turn.
  void Stop();

 private:
  struct Entry {
    std::shared_ptr<Pumped> pumped;
    live::Ticks due = 0;
    bool running = false;
    bool woken = false;  ///< While it was running
  };
  using Due = std::pair<live::Ticks, const Pumped*>;

  void Run();

  const std::shared_ptr<const live::Clock> clock_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::unordered_map<const Pumped*, Entry> entries_;  ///< This and what follows: by mutex
  std::set<Due> due_;                                 ///< Of those that are not running
  bool ending_ = false;
  std::vector<std::jthread> threads_;
};

}  // namespace mouthpiece::serve

#endif  // MOUTHPIECE_SERVE_PUMP_H_
