#include "waiting.h"

#include <nanobind/nanobind.h>

#include <chrono>
#include <exception>
#include <future>

namespace nb = nanobind;

namespace mouthpiece::python {
namespace {

constexpr std::chrono::milliseconds kInterval{50};

}  // namespace

void ThrowIfInterrupted() {
  const nb::gil_scoped_acquire gil;
  if (PyErr_CheckSignals() != 0) throw nb::python_error();
}

void RunWithoutGil(const std::function<void(const std::atomic<bool>* cancel)>& work,
                   const std::function<void()>& tick) {
  std::atomic<bool> cancel = false;
  const nb::gil_scoped_release no_gil;
  std::future<void> done = std::async(std::launch::async, [&] { work(&cancel); });
  std::exception_ptr interruption;
  while (done.wait_for(kInterval) != std::future_status::ready) {
    if (interruption) continue;
    try {
      ThrowIfInterrupted();
      if (tick) {
        const nb::gil_scoped_acquire gil;
        tick();
      }
    } catch (...) {
      interruption = std::current_exception();
      cancel = true;
    }
  }
  if (interruption) std::rethrow_exception(interruption);
  done.get();
}

}  // namespace mouthpiece::python
