#include "mouthpiece/audio.h"

#include <nanobind/nanobind.h>
#include <nanobind/stl/filesystem.h>

#include <atomic>
#include <filesystem>
#include <memory>
#include <utility>

#include "arrays.h"
#include "avatar.h"
#include "bindings.h"
#include "news.h"
#include "speech.h"
#include "waiting.h"

namespace nb = nanobind;
using namespace nb::literals;  // NOLINT

namespace mouthpiece::python {
namespace {

/// Runs `compute` beside the interpreter and gives its table to NumPy.
template <typename Compute>
NewRows TableFrom(const nb::object& on_message, Compute compute) {
  const auto news = std::make_shared<News>();
  FeatureTable table;
  const auto tell = [&] { news->Tell(nb::none(), on_message); };
  RunWithoutGil(
      [&](const std::atomic<bool>* cancel) { table = compute(News::HooksFor(news, cancel)); },
      tell);
  tell();
  return ArrayOf(std::move(table));
}

NewRows MelOfFile(const std::filesystem::path& path, int track, const nb::object& on_message) {
  return TableFrom(on_message, [&](const Hooks& hooks) { return ComputeMel(path, hooks, track); });
}

template <typename Sample>
NewRows MelOfSamples(const SampleArray<Sample>& array, int rate, const nb::object& on_message) {
  const SpeechSamples samples = SamplesOf(array, rate);
  return TableFrom(on_message, [&](const Hooks& hooks) { return ComputeMel(samples, hooks); });
}

NewRows FeaturesOfFile(const std::filesystem::path& path, int track, const AvatarObject& avatar,
                       int threads, const nb::object& on_message) {
  return TableFrom(on_message, [&](const Hooks& hooks) {
    return ComputeFeatures(path, *avatar.avatar(), {.threads = threads}, hooks, track);
  });
}

template <typename Sample>
NewRows FeaturesOfSamples(const SampleArray<Sample>& array, int rate, const AvatarObject& avatar,
                          int threads, const nb::object& on_message) {
  const SpeechSamples samples = SamplesOf(array, rate);
  return TableFrom(on_message, [&](const Hooks& hooks) {
    return ComputeFeatures(samples, *avatar.avatar(), {.threads = threads}, hooks);
  });
}

}  // namespace

void BindAudio(nb::module_& module) {
  module.def("mel_of_file", MelOfFile, "path"_a, "track"_a, "on_message"_a);
  module.def("mel_of_samples", MelOfSamples<float>, "samples"_a, "rate"_a, "on_message"_a);
  module.def("mel_of_samples", MelOfSamples<int16_t>, "samples"_a, "rate"_a, "on_message"_a);
  module.def("features_of_file", FeaturesOfFile, "path"_a, "track"_a, "avatar"_a, "threads"_a,
             "on_message"_a);
  module.def("features_of_samples", FeaturesOfSamples<float>, "samples"_a, "rate"_a, "avatar"_a,
             "threads"_a, "on_message"_a);
  module.def("features_of_samples", FeaturesOfSamples<int16_t>, "samples"_a, "rate"_a, "avatar"_a,
             "threads"_a, "on_message"_a);
}

}  // namespace mouthpiece::python
