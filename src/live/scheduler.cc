#include <algorithm>
#include <string>
#include <utility>

#include "live/job_queue.h"
#include "mouthpiece/error.h"

namespace mouthpiece::live {
namespace {

constexpr double kFrameMs = 40;

SchedulerOptions Checked(const SchedulerOptions& options) {
  const auto check = [](const char* name, double value, double low, double high) {
    if (value >= low && value <= high) return;
    throw Error(ErrorCode::kInvalidArgument,
                std::string(name) + ": expected " + std::to_string(low) + " to " +
                    std::to_string(high) + ", found " + std::to_string(value));
  };
  check("threads", options.threads, -1, 1024);
  check("most_of_a_session", options.most_of_a_session, 1, 1024);
  check("budget", options.budget, 0, 1024);
  return options;
}

int CoresOf(const SchedulerOptions& options) {
  if (options.threads == 0) return std::max(1U, std::thread::hardware_concurrency());
  return std::max(1, options.threads);
}

}  // namespace

Scheduler::State::State(const SchedulerOptions& chosen)
    : options(Checked(chosen)), cores(CoresOf(options)) {}

void Scheduler::State::RequireOwnProcess() const {
  if (process == getpid()) return;
  throw Error(ErrorCode::kInvalidArgument,
              "live: expected a scheduler of this process, found one that was made before it was "
              "forked off, as were its stages");
}

bool Scheduler::State::LeaveToParent(std::shared_ptr<void> what) const {
  if (process == getpid()) return false;
  new std::shared_ptr<void>(std::move(what));  // never deleted
  return true;
}

void Scheduler::State::Offer(std::shared_ptr<Worker> worker, Ticks deadline) {
  {
    const std::lock_guard lock(mutex);
    if (is_stopped) return;
    queue.emplace(std::pair(deadline, offers++), std::move(worker));
  }
  offered.notify_one();
}

bool Scheduler::State::RunOne() {
  std::shared_ptr<Worker> worker;
  {
    const std::lock_guard lock(mutex);
    if (queue.empty()) return false;
    worker = std::move(queue.begin()->second);
    queue.erase(queue.begin());
    ++working;
  }
  worker->Work();
  const std::lock_guard lock(mutex);
  --working;
  return true;
}

void Scheduler::State::Run(const std::stop_token& stop) {
  std::unique_lock lock(mutex);
  // One thread stays free for what is urgent, where there are several.
  const auto may_begin = [&] {
    return !queue.empty() &&
           (queue.begin()->first.first != kWhenIdle || working_idly < std::max(1, cores - 1));
  };
  while (offered.wait(lock, stop, may_begin) && !stop.stop_requested()) {
    const auto first = queue.begin();
    const bool is_idle_work = first->first.first == kWhenIdle;
    std::shared_ptr<Worker> worker = std::move(first->second);
    queue.erase(first);
    ++working;
    working_idly += is_idle_work ? 1 : 0;
    lock.unlock();
    worker->Work();
    worker.reset();
    lock.lock();
    --working;
    working_idly -= is_idle_work ? 1 : 0;
  }
}

void Scheduler::State::StopAll() {
  decltype(queue) dropped;  // after the lock
  const std::lock_guard lock(mutex);
  is_stopped = true;
  dropped.swap(queue);
}

bool Scheduler::State::HasRoomFor(double frame_ms) const {
  const std::lock_guard lock(mutex);
  return promised_ms + frame_ms <= options.budget * cores * kFrameMs;
}

bool Scheduler::State::Promise(double frame_ms, bool at_any_rate) {
  const std::lock_guard lock(mutex);
  if (!at_any_rate && promised_ms + frame_ms > options.budget * cores * kFrameMs) return false;
  promised_ms += frame_ms;
  ++promised;
  return true;
}

void Scheduler::State::TakeBack(double frame_ms) {
  const std::lock_guard lock(mutex);
  --promised;
  promised_ms = promised == 0 ? 0 : promised_ms - frame_ms;
}

std::unique_ptr<Promise> Promise::Get(std::shared_ptr<Scheduler::State> scheduler,
                                      double frame_ms) {
  if (!scheduler->Promise(frame_ms, false)) return nullptr;
  return std::unique_ptr<Promise>(new Promise(std::move(scheduler), frame_ms));
}

struct Scheduler::Threads {
  std::vector<std::jthread> threads;
};

Scheduler::Scheduler(const SchedulerOptions& options)
    : state_(std::make_shared<State>(options)), threads_(std::make_unique<Threads>()) {
  if (options.threads < 0) return;
  for (int i = 0; i < state_->cores; ++i) {
    threads_->threads.emplace_back(
        [state = state_](const std::stop_token& stop) { state->Run(stop); });
  }
}

Scheduler::~Scheduler() {
  if (state_->LeaveToParent(state_)) {
    threads_.release();  // NOLINT(bugprone-unused-return-value)
    return;
  }
  for (std::jthread& thread : threads_->threads) thread.request_stop();
  threads_->threads.clear();
  state_->StopAll();
}

int Scheduler::cores() const { return state_->cores; }

bool Scheduler::HasRoomFor(double frame_ms) const { return state_->HasRoomFor(frame_ms); }

SchedulerStats Scheduler::stats() const {
  const std::lock_guard lock(state_->mutex);
  return {.frames = state_->frames,
          .running = state_->working,
          .sessions = state_->sessions,
          .promised = state_->promised,
          .load = state_->promised_ms / (state_->options.budget * state_->cores * kFrameMs)};
}

bool Scheduler::RunOne() { return state_->RunOne(); }

}  // namespace mouthpiece::live
