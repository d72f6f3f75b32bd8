// Work beside the interpreter: other Python threads run meanwhile, and Ctrl-C ends it.
#ifndef MOUTHPIECE_PYTHON_WAITING_H_
#define MOUTHPIECE_PYTHON_WAITING_H_

#include <atomic>
#include <functional>

namespace mouthpiece::python {

/// Takes the GIL for a moment; throws nanobind::python_error (KeyboardInterrupt) when Ctrl-C came.
/// For threads that do not hold the GIL.
void ThrowIfInterrupted();

/// Runs `work` by a thread of its own without the GIL, which the caller holds. Every 50 ms Ctrl-C
/// is looked for and `tick`, if there is one, called with the GIL. When either throws, `*cancel` is
/// set, `work` is waited for and that exception thrown; else what `work` throws.
void RunWithoutGil(const std::function<void(const std::atomic<bool>* cancel)>& work,
                   const std::function<void()>& tick = {});

}  // namespace mouthpiece::python

#endif  // MOUTHPIECE_PYTHON_WAITING_H_
