// Machine, Job and Output, of which python/mouthpiece has checked every value.
#include "mouthpiece/options.h"

#include <nanobind/nanobind.h>
#include <nanobind/stl/filesystem.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "arrays.h"
#include "bindings.h"
#include "choices.h"
#include "speech.h"

namespace nb = nanobind;

namespace mouthpiece::python {
namespace {

using Range = std::optional<std::pair<int64_t, int64_t>>;

/// A property that is a value of an enumeration, by name.
template <typename Options, typename Enum>
void DefChoice(nb::class_<Options>& options, const char* name, Enum Options::*member) {
  options.def_prop_rw(
      name, [member](const Options& self) { return ToString(self.*member); },
      [member, name](Options& self, const std::string& text) {
        self.*member = ParseChoice<Enum>(name, text);
      });
}

void BindMachine(nb::module_& module) {
  nb::class_<Machine> machine(module, "Machine");
  machine.def(nb::init<>())
      .def_rw("memory_budget", &Machine::memory_budget)
      .def_rw("keep_frames", &Machine::keep_frames)
      .def_rw("prepare", &Machine::prepare)
      .def_rw("chunk_frames", &Machine::chunk_frames)
      .def_rw("batch", &Machine::batch)
      .def_rw("threads", &Machine::threads)
      .def_rw("device", &Machine::device)
      .def_rw("device_memory", &Machine::device_memory);
  DefChoice(machine, "cache", &Machine::cache);
  DefChoice(machine, "precision", &Machine::precision);
  DefChoice(machine, "engine", &Machine::engine);
}

void BindJob(nb::module_& module) {
  nb::class_<Job> job(module, "Job");
  job.def(nb::init<>())
      .def("set_speech_file",
           [](Job& self, const std::filesystem::path& path, int track) {
             self.drive = SpeechFile{path, track};
           })
      .def("set_speech_samples", [](Job& self, const FloatSamples& samples,
                                    int rate) { self.drive = SamplesOf(samples, rate); })
      .def("set_speech_samples", [](Job& self, const IntegerSamples& samples,
                                    int rate) { self.drive = SamplesOf(samples, rate); })
      .def("set_speech_stream",
           [](Job& self, const SpeechStreamObject& speech) { self.drive = speech.stream(); })
      .def("set_feature_file",
           [](Job& self, const std::filesystem::path& path) { self.drive = FeatureFile{path}; })
      .def("set_feature_rows", [](Job& self, const Rows& rows) { self.drive = TableOf(rows); })
      .def("set_sound_file",
           [](Job& self, const std::filesystem::path& path, int track) {
             self.sound = path;
             self.sound_track = track;
           })
      .def("set_sound_samples", [](Job& self, const FloatSamples& samples,
                                   int rate) { self.sound_samples = SamplesOf(samples, rate); })
      .def("set_sound_samples", [](Job& self, const IntegerSamples& samples,
                                   int rate) { self.sound_samples = SamplesOf(samples, rate); })
      .def_prop_rw(
          "frames",
          [](const Job& self) -> Range {
            if (!self.frames) return std::nullopt;
            return std::pair(self.frames->begin, self.frames->end);
          },
          [](Job& self, const Range& range) {
            self.frames.reset();
            if (range) self.frames = FrameRange{range->first, range->second};
          },
          nb::for_setter(nb::arg("range").none()))
      .def_prop_rw(
          "shard",
          [](const Job& self) -> std::optional<std::pair<int, int>> {
            if (!self.shard) return std::nullopt;
            return std::pair(self.shard->index, self.shard->count);
          },
          [](Job& self, const std::optional<std::pair<int, int>>& shard) {
            self.shard.reset();
            if (shard) self.shard = Shard{shard->first, shard->second};
          },
          nb::for_setter(nb::arg("shard").none()));
  DefChoice(job, "loop", &Job::loop);
  DefChoice(job, "resample", &Job::resample);
  DefChoice(job, "audio_window", &Job::audio_window);
}

void BindOutput(nb::module_& module) {
  nb::class_<Output> output(module, "Output");
  output.def(nb::init<>())
      .def_prop_rw(
          "name", [](const Output& self) { return std::filesystem::path(self.name); },
          [](Output& self, const std::filesystem::path& path) { self.name = path.string(); })
      .def_rw("overwrite", &Output::overwrite)
      .def_rw("metadata", &Output::metadata)
      .def_prop_rw(
          "codec", [](const Output& self) { return self.encode.codec; },
          [](Output& self, const std::string& codec) { self.encode.codec = codec; })
      .def_prop_rw(
          "crf", [](const Output& self) { return self.encode.crf; },
          [](Output& self, std::optional<int> crf) { self.encode.crf = crf; },
          nb::for_setter(nb::arg("crf").none()))
      .def_prop_rw(
          "preset", [](const Output& self) { return self.encode.preset; },
          [](Output& self, const std::string& preset) { self.encode.preset = preset; })
      .def_prop_rw(
          "bitrate", [](const Output& self) { return self.encode.bitrate; },
          [](Output& self, int64_t bitrate) { self.encode.bitrate = bitrate; })
      .def("set_crop", [](Output& self, const std::string& text) { self.crop = ParseCrop(text); })
      .def("set_key_out",
           [](Output& self, const std::string& text) { self.key_out = ParseKeyOut(text); })
      .def_prop_rw(
          "background", [](const Output& self) { return self.background; },
          [](Output& self, const std::string& name) { self.background = name; })
      .def("set_scale",
           [](Output& self, const std::string& text) { self.scale = ParseScale(text); })
      .def_prop_rw(
          "quality", [](const Output& self) { return self.encode.quality; },
          [](Output& self, int quality) { self.encode.quality = quality; });
}

}  // namespace

void BindOptions(nb::module_& module) {
  BindMachine(module);
  BindJob(module);
  BindOutput(module);
}

}  // namespace mouthpiece::python
