#include "mouthpiece/audio.h"

#include <nanobind/nanobind.h>
#include <nanobind/stl/filesystem.h>

#include <algorithm>
#include <filesystem>
#include <span>
#include <utility>

#include "arrays.h"
#include "avatar.h"
#include "bindings.h"
#include "mouthpiece/error.h"
#include "waiting.h"

namespace nb = nanobind;
using namespace nb::literals;  // NOLINT

namespace mouthpiece::python {
namespace {

using Samples = nb::ndarray<const float, nb::ndim<1>, nb::c_contig, nb::device::cpu>;

/// Puts all samples through a stream, a second at a time.
template <typename Stream>
FeatureTable Convert(Stream& stream, std::span<const float> samples, int64_t row_size,
                     const std::atomic<bool>* cancel) {
  FeatureTable table;
  table.row_size = row_size;
  const auto pull = [&] {
    const size_t before = table.values.size();
    table.values.resize(before + static_cast<size_t>(stream.ready() * row_size));
    table.rows += stream.Pull(std::span(table.values).subspan(before));
  };
  while (!samples.empty()) {
    if (*cancel) throw Error(ErrorCode::kCancelled, "cancelled");
    const size_t count = std::min<size_t>(samples.size(), kSpeechSampleRate);
    stream.Push(samples.first(count));
    samples = samples.subspan(count);
    pull();
  }
  stream.Finish();
  pull();
  return table;
}

/// Runs `compute` beside the interpreter and gives its table to NumPy.
template <typename Compute>
NewRows TableFrom(Compute compute) {
  FeatureTable table;
  RunWithoutGil([&](const std::atomic<bool>* cancel) { table = compute(cancel); });
  return ArrayOf(std::move(table));
}

NewRows MelOfSamples(const Samples& samples) {
  return TableFrom([&](const std::atomic<bool>* cancel) {
    MelStream stream;
    return Convert(stream, {samples.data(), samples.size()}, kMelBands, cancel);
  });
}

NewRows MelOfFile(const std::filesystem::path& path, int track) {
  return TableFrom(
      [&](const std::atomic<bool>* cancel) { return ComputeMel(path, {.cancel = cancel}, track); });
}

NewRows FeaturesOfSamples(const Samples& samples, const AvatarObject& avatar, int threads) {
  return TableFrom([&](const std::atomic<bool>* cancel) {
    FeatureStream stream(*avatar.avatar(), {.threads = threads});
    return Convert(stream, {samples.data(), samples.size()}, kFeatureValues, cancel);
  });
}

NewRows FeaturesOfFile(const std::filesystem::path& path, const AvatarObject& avatar, int threads,
                       int track) {
  return TableFrom([&](const std::atomic<bool>* cancel) {
    return ComputeFeatures(path, *avatar.avatar(), {.threads = threads}, {.cancel = cancel}, track);
  });
}

}  // namespace

void BindAudio(nb::module_& module) {
  module.def("mel_of_samples", MelOfSamples, "samples"_a);
  module.def("mel_of_file", MelOfFile, "path"_a, "track"_a);
  module.def("features_of_samples", FeaturesOfSamples, "samples"_a, "avatar"_a, "threads"_a);
  module.def("features_of_file", FeaturesOfFile, "path"_a, "avatar"_a, "threads"_a, "track"_a);
}

}  // namespace mouthpiece::python
