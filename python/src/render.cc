#include <nanobind/nanobind.h>
#include <nanobind/stl/filesystem.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "arrays.h"
#include "avatar.h"
#include "bindings.h"
#include "choices.h"
#include "mouthpiece/frame_stream.h"
#include "mouthpiece/join.h"
#include "mouthpiece/renderer.h"
#include "waiting.h"

namespace nb = nanobind;
using namespace nb::literals;  // NOLINT

namespace mouthpiece::python {
namespace {

constexpr const char* kStreamDoc =
    "Rendered frames, made a few ahead by threads of their own. An iterator; close() or its end in "
    "a ``with`` statement, or dropping it, stops and joins the threads. Frames that were given "
    "stay "
    "valid. For one thread at a time.";

constexpr const char* kNextSignature =
    "def __next__(self) -> numpy.typing.NDArray[numpy.uint8] | "
    "tuple[numpy.typing.NDArray[numpy.uint8], ...]";

using Range = std::optional<std::pair<int64_t, int64_t>>;

/// What a render says between two looks of the interpreter.
class News {
 public:
  Hooks HooksFor(const std::atomic<bool>* cancel) {
    return {.progress =
                [this](const Progress& update) {
                  const std::lock_guard lock(mutex_);
                  progress_ = update;
                },
            .message =
                [this](const std::string& text) {
                  const std::lock_guard lock(mutex_);
                  messages_.push_back(text);
                },
            .cancel = cancel};
  }

  /// Calls `on_progress(phase, done, total)` and `on_message(text)` with what is new, where they
  /// are not None. With the GIL.
  void Tell(const nb::object& on_progress, const nb::object& on_message) {
    std::optional<Progress> progress;
    std::vector<std::string> messages;
    {
      const std::lock_guard lock(mutex_);
      progress.swap(progress_);
      messages.swap(messages_);
    }
    for (const std::string& text : messages) {
      if (!on_message.is_none()) on_message(text);
    }
    if (!progress || on_progress.is_none()) return;
    const char* const phase = progress->phase == Progress::Phase::kOpening     ? "opening"
                              : progress->phase == Progress::Phase::kListening ? "listening"
                                                                               : "rendering";
    on_progress(phase, progress->done, progress->total);
  }

 private:
  std::mutex mutex_;
  std::optional<Progress> progress_;
  std::vector<std::string> messages_;
};

/// Renderer, which frame streams share.
struct RendererObject {
  RendererObject(const AvatarObject& avatar, const Machine& machine)
      : renderer(std::make_shared<Renderer>(avatar.avatar(), machine)) {}

  const std::shared_ptr<Renderer> renderer;
};

std::string RenderToOutput(const RendererObject& self, const Job& job, const Output& output,
                           const nb::object& on_progress, const nb::object& on_message) {
  News news;
  RenderStats stats;
  const auto tell = [&] { news.Tell(on_progress, on_message); };
  RunWithoutGil(
      [&](const std::atomic<bool>* cancel) {
        stats = self.renderer->Render(job, output, news.HooksFor(cancel));
      },
      tell);
  tell();
  return StatsToJson(stats, self.renderer->machine(), job, output);
}

/// FrameStream as an iterator.
class StreamObject {
 public:
  StreamObject(const RendererObject& renderer, const Job& job, const std::string& format)
      : exporter_(ParseFrameFormat(format)),
        machine_(renderer.renderer->machine()),
        job_(job),
        stream_(std::make_shared<FrameStream>(renderer.renderer, job)) {}
  ~StreamObject() { Close(); }
  StreamObject(const StreamObject&) = delete;
  StreamObject& operator=(const StreamObject&) = delete;

  nb::object Next() {
    VideoFrame frame;
    ThrowIfEnding();
    watch_.ThrowIfInterrupted();
    if (std::shared_ptr<FrameStream> stream = stream_) {  // another thread may close it
      const WithoutGil no_gil;
      frame = stream->Next([this] { ThrowIfInterrupted(watch_); });
      stream.reset();
    }
    ThrowIfEnding();
    if (!frame) {
      Close();
      throw nb::stop_iteration();
    }
    return exporter_.Export(std::move(frame));
  }

  void Close() {
    if (!stream_) return;
    if (const RenderStats* stats = stream_->stats()) {
      stats_ = StatsToJson(*stats, machine_, job_, {.name = "null:"});
    }
    std::shared_ptr<FrameStream> stream = std::move(stream_);
    const WithoutGil no_gil;
    stream->Stop();
    stream.reset();
  }

  nb::object Stats() const {
    if (stats_.empty()) return nb::none();
    return nb::module_::import_("json").attr("loads")(stats_);
  }

 private:
  const FrameExporter exporter_;
  const Machine machine_;
  const Job job_;
  std::shared_ptr<FrameStream> stream_;  ///< Null once it has ended
  const InterruptWatch watch_;
  const Stoppable stoppable_{[this] { Close(); }};
  std::string stats_;  ///< JSON; empty before the last frame was taken
};

int64_t JoinShards(const std::vector<std::filesystem::path>& shards,
                   const std::filesystem::path& out, bool overwrite) {
  JoinStats stats;
  RunWithoutGil([&](const std::atomic<bool>* cancel) {
    stats = Join(shards, out, overwrite, {.cancel = cancel});
  });
  return stats.frames;
}

/// As os.fsdecode gives it: file names need not be UTF-8.
nb::str FileText(const std::string& text) {
  return nb::steal<nb::str>(
      PyUnicode_DecodeFSDefaultAndSize(text.data(), static_cast<Py_ssize_t>(text.size())));
}

void BindShardedOutput(nb::module_& module) {
  nb::class_<ShardedOutput>(module, "ShardedOutput")
      .def_ro("is_video", &ShardedOutput::is_video)
      .def_ro("folder", &ShardedOutput::folder)
      .def_prop_ro("prefix", [](const ShardedOutput& self) { return FileText(self.prefix); })
      .def_ro("digits", &ShardedOutput::digits)
      .def_prop_ro("suffix", [](const ShardedOutput& self) { return FileText(self.suffix); });
  module.def(
      "plan_sharded_output",
      [](const std::filesystem::path& out) { return PlanShardedOutput(out.string()); }, "out"_a);
}

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
      .def_rw("chunk_frames", &Machine::chunk_frames)
      .def_rw("batch", &Machine::batch)
      .def_rw("threads", &Machine::threads)
      .def_rw("device", &Machine::device);
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
      .def("set_feature_file",
           [](Job& self, const std::filesystem::path& path) { self.drive = FeatureFile{path}; })
      .def("set_feature_rows", [](Job& self, const Rows& rows) { self.drive = TableOf(rows); })
      .def_rw("sound", &Job::sound)
      .def_rw("sound_track", &Job::sound_track)
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
      .def_prop_rw(
          "quality", [](const Output& self) { return self.encode.quality; },
          [](Output& self, int quality) { self.encode.quality = quality; });
}

}  // namespace

void BindRender(nb::module_& module) {
  BindMachine(module);
  BindJob(module);
  BindOutput(module);
  module.def("join", JoinShards, "shards"_a, "out"_a, "overwrite"_a);
  BindShardedOutput(module);
  nb::class_<RendererObject>(module, "Renderer")
      .def(nb::init<const AvatarObject&, const Machine&>(), "avatar"_a, "machine"_a)
      .def("render", RenderToOutput, "job"_a, "output"_a, "on_progress"_a = nb::none(),
           "on_message"_a = nb::none());
  nb::class_<StreamObject>(module, "FrameStream", kStreamDoc)
      .def(nb::init<const RendererObject&, const Job&, const std::string&>(), "renderer"_a, "job"_a,
           "format"_a)
      .def(
          "__iter__", [](nb::handle self) { return nb::borrow(self); },
          nb::sig("def __iter__(self) -> FrameStream"))
      .def("__next__", &StreamObject::Next, nb::sig(kNextSignature))
      .def("close", &StreamObject::Close, "Stops and joins the threads. May be called again.")
      .def(
          "__enter__", [](nb::handle self) { return nb::borrow(self); },
          nb::sig("def __enter__(self) -> FrameStream"))
      .def("__exit__", [](StreamObject& self, const nb::args&) { self.Close(); })
      .def_prop_ro(
          "stats", &StreamObject::Stats, nb::sig("def stats(self) -> dict | None"),
          "What it cost, as Renderer.stats, once it is exhausted; None before, and when it was "
          "closed early.");
}

}  // namespace mouthpiece::python
