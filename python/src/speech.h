// Sound that Python has in memory, or hands over as it comes.
#ifndef MOUTHPIECE_PYTHON_SPEECH_H_
#define MOUTHPIECE_PYTHON_SPEECH_H_

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "mouthpiece/options.h"
#include "mouthpiece/speech_stream.h"

namespace mouthpiece::python {

template <typename Sample>
using SampleArray =
    nanobind::ndarray<const Sample, nanobind::ndim<1>, nanobind::c_contig, nanobind::device::cpu>;
using FloatSamples = SampleArray<float>;
using IntegerSamples = SampleArray<int16_t>;

template <typename Sample>
SpeechSamples SamplesOf(const SampleArray<Sample>& array, int rate) {
  return {std::make_shared<const Samples>(
              std::vector<Sample>(array.data(), array.data() + array.size())),
          rate};
}

/// A SpeechStream, which a thread of Python's fills.
class SpeechStreamObject {
 public:
  explicit SpeechStreamObject(int rate) : stream_(std::make_shared<SpeechStream>(rate)) {}

  const ArrivingSpeech& stream() const { return stream_; }

  /// Waits for room without the GIL. False when nobody listens any more.
  template <typename Sample>
  bool Push(const SampleArray<Sample>& samples);
  void End() { stream_->End(); }
  /// For a reason that Python keeps.
  void Fail(const std::string& reason);

 private:
  const ArrivingSpeech stream_;
};

}  // namespace mouthpiece::python

#endif  // MOUTHPIECE_PYTHON_SPEECH_H_
