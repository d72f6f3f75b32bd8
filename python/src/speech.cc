#include "speech.h"

#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>

#include <exception>
#include <span>

#include "bindings.h"
#include "mouthpiece/error.h"
#include "waiting.h"

namespace nb = nanobind;
using namespace nb::literals;  // NOLINT

namespace mouthpiece::python {

template <typename Sample>
bool SpeechStreamObject::Push(const SampleArray<Sample>& samples) {
  ThrowIfEnding();
  const InterruptWatch watch;
  const Stoppable stoppable([this] { Fail("cancelled"); });
  const std::span<const Sample> values(samples.data(), samples.size());
  try {
    const WithoutGil no_gil;
    return stream_->Push(values, [&] { ThrowIfInterrupted(watch); });
  } catch (...) {
    ThrowIfEnding();
    throw;
  }
}

void SpeechStreamObject::Fail(const std::string& reason) {
  stream_->Fail(std::make_exception_ptr(Error(ErrorCode::kCancelled, reason)));
}

void BindSpeech(nb::module_& module) {
  nb::class_<SpeechStreamObject>(module, "SpeechStream")
      .def(nb::init<int>(), "rate"_a)
      .def("push", &SpeechStreamObject::Push<float>, "samples"_a)
      .def("push", &SpeechStreamObject::Push<int16_t>, "samples"_a)
      .def("end", &SpeechStreamObject::End)
      .def("fail", &SpeechStreamObject::Fail, "reason"_a);
}

}  // namespace mouthpiece::python
