// Work beside the interpreter: other Python threads run meanwhile, Ctrl-C ends it, and so does the
// interpreter's own end.
#ifndef MOUTHPIECE_PYTHON_WAITING_H_
#define MOUTHPIECE_PYTHON_WAITING_H_

#include <nanobind/nanobind.h>

#include <atomic>
#include <functional>

namespace mouthpiece::python {

/// Adds to `module` what the package calls when the interpreter ends and when it was forked.
void BindWaiting(nanobind::module_& module);

/// Releases the GIL, which the caller holds, while it lives. The interpreter does not end before it
/// has the GIL again. Once the interpreter ends (EndWork), threads other than the one that ends it
/// keep the GIL: they could not take it again.
class WithoutGil {
 public:
  WithoutGil();
  ~WithoutGil();
  WithoutGil(const WithoutGil&) = delete;
  WithoutGil& operator=(const WithoutGil&) = delete;

 private:
  PyThreadState* thread_ = nullptr;  ///< Null: the GIL was kept
};

/// While it lives, EndWork calls `stop`, with the GIL, in which it lives and dies.
class Stoppable {
 public:
  explicit Stoppable(std::function<void()> stop);
  ~Stoppable();
  Stoppable(const Stoppable&) = delete;
  Stoppable& operator=(const Stoppable&) = delete;

 private:
  std::function<void()> stop_;
  friend struct Work;
};

/// Tells threads that are not the main thread, which Python tells itself, of a Ctrl-C. While one
/// lives, SIGINT is noted on its way to Python's handler. Only where that handler raises
/// KeyboardInterrupt or cancels asyncio's main task: a program with a handler of its own says
/// itself what it ends. Lives and dies with the GIL.
class InterruptWatch {
 public:
  InterruptWatch();
  ~InterruptWatch();
  InterruptWatch(const InterruptWatch&) = delete;
  InterruptWatch& operator=(const InterruptWatch&) = delete;

  /// Throws Error (kCancelled) when Ctrl-C came since, unless in the main thread. With the GIL.
  void ThrowIfInterrupted() const;

 private:
  int before_;
};

/// Throws what ends the calling thread when the interpreter is ending: SystemExit, which a thread
/// may end with silently. With the GIL.
void ThrowIfEnding();

/// Takes the GIL for a moment. Throws nanobind::python_error: in the main thread
/// (KeyboardInterrupt) when Ctrl-C came, in others as ThrowIfEnding, and Error (kCancelled) when
/// `watch` saw a Ctrl-C. For threads that do not hold the GIL.
void ThrowIfInterrupted(const InterruptWatch& watch);

/// Runs `work` by a thread of its own without the GIL, which the caller holds. Every 50 ms Ctrl-C
/// is looked for and `tick`, if there is one, called with the GIL. When either throws, `*cancel` is
/// set, `work` is waited for and that exception thrown; else what `work` throws. `cancel` may be
/// given, to be set by others.
void RunWithoutGil(const std::function<void(const std::atomic<bool>* cancel)>& work,
                   const std::function<void()>& tick = {}, std::atomic<bool>* cancel = nullptr);

}  // namespace mouthpiece::python

#endif  // MOUTHPIECE_PYTHON_WAITING_H_
