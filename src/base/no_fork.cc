#include "base/no_fork.h"

#include <pthread.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <new>

namespace mouthpiece {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kFallingAsleep{50};

struct State {
  std::mutex mutex;
  std::condition_variable changed;
  int inside = 0;  ///< Threads that have a NoFork, and work that nobody is to fork meanwhile
  Clock::time_point left = Clock::now() - kFallingAsleep;  ///< When `inside` was lowered last
  int forking = 0;  ///< Threads that wait to fork, before whom no other may go inside
};

thread_local int depth = 0;  ///< How many the thread has

void BeforeFork();
void InParent();
void InChild();

State& TheState() {
  // Never destroyed, since threads may outlive the end of main.
  static State& state = []() -> State& {
    pthread_atfork(BeforeFork, InParent, InChild);
    return *new State;
  }();
  return state;
}

void BeforeFork() {
  State& state = TheState();
  std::unique_lock lock(state.mutex);
  ++state.forking;
  state.changed.wait(lock, [&] { return state.inside == (depth > 0 ? 1 : 0); });
  // Nobody goes inside: no later one lowers it.
  state.changed.wait_until(lock, state.left + kFallingAsleep, [] { return false; });
  lock.release();  // held over the fork
}

void InParent() {
  State& state = TheState();
  --state.forking;
  state.mutex.unlock();
  state.changed.notify_all();
}

void InChild() {
  State& state = TheState();
  // The old one may count threads that wait, of which there are none here.
  new (&state.changed) std::condition_variable;
  state.forking = 0;
  state.mutex.unlock();
}

void Enter() {
  State& state = TheState();
  std::unique_lock lock(state.mutex);
  // What a thread that is inside begins is awaited as that thread is.
  if (depth == 0) state.changed.wait(lock, [&] { return state.forking == 0; });
  ++state.inside;
}

void Leave() {
  State& state = TheState();
  {
    const std::lock_guard lock(state.mutex);
    --state.inside;
    state.left = Clock::now();
  }
  state.changed.notify_all();
}

}  // namespace

NoFork::NoFork() {
  if (depth == 0) Enter();
  ++depth;
}

NoFork::~NoFork() {
  if (--depth == 0) Leave();
}

NoForkMeanwhile::NoForkMeanwhile() { Enter(); }
NoForkMeanwhile::~NoForkMeanwhile() { Leave(); }

}  // namespace mouthpiece
