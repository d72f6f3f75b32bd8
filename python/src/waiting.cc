#include "waiting.h"

#include <nanobind/nanobind.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <exception>
#include <future>
#include <set>
#include <string>
#include <thread>
#include <utility>

#include "mouthpiece/error.h"

namespace nb = nanobind;

// Python has the first since 3.13, the other before; the stable ABI, by which one extension is for
// all versions, has neither in 3.12.
extern "C" {
[[gnu::weak]] int Py_IsFinalizing();
[[gnu::weak]] int _Py_IsFinalizing();
}

namespace mouthpiece::python {

/// What runs without the GIL in this process. Everything is guarded by the GIL.
struct Work {
  static Work& Instance() {
    static Work* const work = new Work;  // outlives what the interpreter drops at its end
    return *work;
  }
  bool is_lost() const { return is_ending && std::this_thread::get_id() != ending_thread; }

  int without_gil = 0;  ///< Threads
  std::set<Stoppable*> stoppables;
  std::atomic<bool> is_ending = false;  ///< Set with the GIL
  std::thread::id ending_thread;

  static const std::function<void()>& StopOf(const Stoppable& stoppable) { return stoppable.stop_; }
};

namespace {

constexpr std::chrono::milliseconds kInterval{50};
// A function of the caller's that hangs, told of progress, does not keep the process from ending.
constexpr std::chrono::seconds kLongestEnd{5};

bool IsFinalizing() {
  return (Py_IsFinalizing != nullptr ? Py_IsFinalizing() : _Py_IsFinalizing()) != 0;
}

/// A thread that would have to take the GIL of an interpreter that is being torn down: Python would
/// unwind it, which no C++ function on its stack survives. It waits for the end of the process.
void StayIfFinalizing(const Work& work) {
  while (work.is_lost() && IsFinalizing()) pause();
}

/// The interpreter is about to end: ends all work and waits until the threads that asked for it
/// have the GIL again.
void EndWork() {
  Work& work = Work::Instance();
  work.ending_thread = std::this_thread::get_id();
  work.is_ending = true;
  const auto end = std::chrono::steady_clock::now() + kLongestEnd;
  const std::set<Stoppable*> stoppables = work.stoppables;
  for (Stoppable* const stoppable : stoppables) {  // stopping one may let go of others
    if (!work.stoppables.contains(stoppable)) continue;
    const std::function<void()> stop = Work::StopOf(*stoppable);  // which it may not outlive
    stop();
  }
  while (work.without_gil > 0 && std::chrono::steady_clock::now() < end) {
    const nb::gil_scoped_release no_gil;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
}

// SIGINT on its way to Python. A signal's handler has no other place for what it knows.
std::atomic<int> interrupts = 0;
struct sigaction python_handler;
int watches = 0;  // with the GIL

void NoteInterrupt(int signal) {
  ++interrupts;
  python_handler.sa_handler(signal);
}

bool IsNoted(const struct sigaction& action) {
  return (action.sa_flags & SA_SIGINFO) == 0 && action.sa_handler == NoteInterrupt;
}

void StartNoting() {
  struct sigaction found;
  if (sigaction(SIGINT, nullptr, &found) != 0 || IsNoted(found)) return;
  // Python's own handler takes the number only; that of somebody else is left alone.
  if ((found.sa_flags & SA_SIGINFO) != 0 || found.sa_handler == SIG_DFL ||
      found.sa_handler == SIG_IGN) {
    return;
  }
  python_handler = found;
  struct sigaction noting = found;
  noting.sa_handler = NoteInterrupt;
  sigaction(SIGINT, &noting, nullptr);
}

void StopNoting() {
  struct sigaction found;
  if (sigaction(SIGINT, nullptr, &found) == 0 && IsNoted(found)) {
    sigaction(SIGINT, &python_handler, nullptr);
  }
}

/// In a child that was forked off: what others did is not done here.
void ForgetWork() {
  Work& work = Work::Instance();
  work.without_gil = 0;
  work.stoppables.clear();
  watches = 0;
}

bool IsMainThread() {
  const nb::module_ threading = nb::module_::import_("threading");
  return threading.attr("main_thread")().attr("ident").equal(threading.attr("get_ident")());
}

/// Whether SIGINT does what Python or asyncio makes of it.
bool EndsOnInterrupt() {
  const nb::module_ signal = nb::module_::import_("signal");
  const nb::object handler = signal.attr("getsignal")(SIGINT);
  if (handler.is(signal.attr("default_int_handler"))) return true;
  const nb::object module = nb::getattr(handler, "__module__", nb::none());
  return nb::isinstance<nb::str>(module) &&
         nb::cast<nb::str>(module).equal(nb::str("asyncio.runners"));
}

}  // namespace

void BindWaiting(nb::module_& module) {
  module.def("end_work", EndWork);
  module.def("forget_work", ForgetWork);
}

WithoutGil::WithoutGil() {
  Work& work = Work::Instance();
  if (work.is_lost()) return;
  ++work.without_gil;
  thread_ = PyEval_SaveThread();
}

WithoutGil::~WithoutGil() {
  if (thread_ == nullptr) return;
  Work& work = Work::Instance();
  StayIfFinalizing(work);
  PyEval_RestoreThread(thread_);
  if (work.without_gil > 0) --work.without_gil;  // 0: of the process that this one was forked off
}

Stoppable::Stoppable(std::function<void()> stop) : stop_(std::move(stop)) {
  Work::Instance().stoppables.insert(this);
}
Stoppable::~Stoppable() { Work::Instance().stoppables.erase(this); }

InterruptWatch::InterruptWatch() : before_(interrupts) {
  if (watches++ == 0) StartNoting();
}
InterruptWatch::~InterruptWatch() {
  if (watches > 0 && --watches == 0) StopNoting();
}
void InterruptWatch::ThrowIfInterrupted() const {
  if (interrupts == before_ || IsMainThread() || !EndsOnInterrupt()) return;
  throw Error(ErrorCode::kCancelled, "cancelled: Ctrl-C");
}

void ThrowIfEnding() {
  if (!Work::Instance().is_lost()) return;
  PyErr_SetNone(PyExc_SystemExit);
  throw nb::python_error();
}

void ThrowIfInterrupted(const InterruptWatch& watch) {
  StayIfFinalizing(Work::Instance());
  const nb::gil_scoped_acquire gil;
  ThrowIfEnding();
  if (PyErr_CheckSignals() != 0) throw nb::python_error();
  watch.ThrowIfInterrupted();
}

namespace {

/// As RunWithoutGil.
void WaitFor(const std::function<void(const std::atomic<bool>* cancel)>& work,
             const std::function<void()>& tick, std::atomic<bool>* cancel) {
  const InterruptWatch watch;
  const WithoutGil no_gil;
  std::future<void> done = std::async(std::launch::async, [&] { work(cancel); });
  std::exception_ptr interruption;
  while (done.wait_for(kInterval) != std::future_status::ready) {
    if (interruption) continue;
    try {
      ThrowIfInterrupted(watch);
      if (tick) {
        const nb::gil_scoped_acquire gil;
        tick();
      }
    } catch (...) {
      interruption = std::current_exception();
      *cancel = true;
    }
  }
  if (interruption) std::rethrow_exception(interruption);
  done.get();
}

}  // namespace

void RunWithoutGil(const std::function<void(const std::atomic<bool>* cancel)>& work,
                   const std::function<void()>& tick, std::atomic<bool>* cancel) {
  ThrowIfEnding();
  std::atomic<bool> own_cancel = false;
  if (cancel == nullptr) cancel = &own_cancel;
  const Stoppable stoppable([cancel] { *cancel = true; });
  try {
    WaitFor(work, tick, cancel);
  } catch (...) {
    ThrowIfEnding();  // what was cancelled for that is no error
    throw;
  }
}

}  // namespace mouthpiece::python
