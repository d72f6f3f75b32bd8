#include "mouthpiece/render.h"

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
  RenderHooks Hooks() {
    RenderHooks hooks;
    hooks.progress = [this](const RenderProgress& update) {
      const std::lock_guard lock(mutex_);
      progress_ = update;
    };
    hooks.message = [this](const std::string& text) {
      const std::lock_guard lock(mutex_);
      messages_.push_back(text);
    };
    return hooks;
  }

  /// Calls `on_progress(phase, done, total)` and `on_message(text)` with what is new, where they
  /// are not None. With the GIL.
  void Tell(const nb::object& on_progress, const nb::object& on_message) {
    std::optional<RenderProgress> progress;
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
    const char* const phase = progress->phase == RenderProgress::Phase::kOpening     ? "opening"
                              : progress->phase == RenderProgress::Phase::kListening ? "listening"
                                                                                     : "rendering";
    on_progress(phase, progress->done, progress->total);
  }

 private:
  std::mutex mutex_;
  std::optional<RenderProgress> progress_;
  std::vector<std::string> messages_;
};

/// Renderer, which frame streams share.
struct RendererObject {
  explicit RendererObject(const AvatarObject& avatar)
      : renderer(std::make_shared<Renderer>(avatar.avatar())) {}

  const std::shared_ptr<Renderer> renderer;
};

std::string RenderToOutput(const RendererObject& self, const RenderOptions& options,
                           const nb::object& on_progress, const nb::object& on_message) {
  News news;
  RenderStats stats;
  const auto tell = [&] { news.Tell(on_progress, on_message); };
  RunWithoutGil(
      [&](const std::atomic<bool>* cancel) {
        RenderHooks hooks = news.Hooks();
        hooks.cancel = cancel;
        stats = self.renderer->Render(options, hooks);
      },
      tell);
  tell();
  return StatsToJson(stats, options);
}

/// FrameStream as an iterator.
class StreamObject {
 public:
  StreamObject(const RendererObject& renderer, const RenderOptions& options,
               const std::string& format)
      : exporter_(ParseFrameFormat(format)), options_(options) {
    options_.output = "null:";
    stream_ = std::make_shared<FrameStream>(renderer.renderer, options_);
  }
  ~StreamObject() { Close(); }
  StreamObject(const StreamObject&) = delete;
  StreamObject& operator=(const StreamObject&) = delete;

  nb::object Next() {
    VideoFrame frame;
    if (stream_) {
      const std::shared_ptr<FrameStream> stream = stream_;  // another thread may close it
      const nb::gil_scoped_release no_gil;
      frame = stream->Next(ThrowIfInterrupted);
    }
    if (!frame) {
      Close();
      throw nb::stop_iteration();
    }
    return exporter_.Export(std::move(frame));
  }

  void Close() {
    if (!stream_) return;
    if (const RenderStats* stats = stream_->stats()) stats_ = StatsToJson(*stats, options_);
    std::shared_ptr<FrameStream> stream = std::move(stream_);
    const nb::gil_scoped_release no_gil;
    stream->Stop();
    stream.reset();
  }

  nb::object Stats() const {
    if (stats_.empty()) return nb::none();
    return nb::module_::import_("json").attr("loads")(stats_);
  }

 private:
  const FrameExporter exporter_;
  RenderOptions options_;
  std::shared_ptr<FrameStream> stream_;  ///< Null once it has ended
  std::string stats_;                    ///< JSON; empty before the last frame was taken
};

int64_t JoinShards(const std::vector<std::filesystem::path>& shards,
                   const std::filesystem::path& out, bool overwrite) {
  JoinStats stats;
  RunWithoutGil([&](const std::atomic<bool>* cancel) {
    stats = Join(shards, out, {.overwrite = overwrite, .cancel = cancel});
  });
  return stats.frames;
}

/// A property of the options that is a value of an enumeration, by name.
template <typename Enum>
void DefChoice(nb::class_<RenderOptions>& options, const char* name, Enum RenderOptions::*member,
               std::initializer_list<Enum> choices) {
  options.def_prop_rw(
      name, [member](const RenderOptions& self) { return ToString(self.*member); },
      [member, name, all = std::vector<Enum>(choices)](RenderOptions& self,
                                                       const std::string& text) {
        self.*member = ParseChoice(name, all, text);
      });
}

void BindOptions(nb::module_& module) {
  nb::class_<RenderOptions> options(module, "RenderOptions");
  options.def(nb::init<>())
      .def_prop_rw(
          "output", [](const RenderOptions& self) { return std::filesystem::path(self.output); },
          [](RenderOptions& self, const std::filesystem::path& path) {
            self.output = path.string();
          })
      .def_rw("audio", &RenderOptions::audio)
      .def_rw("features", &RenderOptions::features)
      .def(
          "set_feature_rows",
          [](RenderOptions& self, const Rows& rows) { self.feature_table = TableOf(rows); },
          "rows"_a)
      .def_prop_rw(
          "frames",
          [](const RenderOptions& self) -> Range {
            if (!self.frames) return std::nullopt;
            return std::pair(self.frames->begin, self.frames->end);
          },
          [](RenderOptions& self, const Range& range) {
            self.frames.reset();
            if (range) self.frames = FrameRange{range->first, range->second};
          },
          nb::for_setter(nb::arg("range").none()))
      .def_prop_rw(
          "shard",
          [](const RenderOptions& self) -> std::optional<std::pair<int, int>> {
            if (!self.shard) return std::nullopt;
            return std::pair(self.shard->index, self.shard->count);
          },
          [](RenderOptions& self, const std::optional<std::pair<int, int>>& shard) {
            self.shard.reset();
            if (shard) self.shard = Shard{shard->first, shard->second};
          },
          nb::for_setter(nb::arg("shard").none()))
      .def_rw("memory_budget", &RenderOptions::memory_budget)
      .def_rw("chunk_frames", &RenderOptions::chunk_frames)
      .def_rw("batch", &RenderOptions::batch)
      .def_rw("threads", &RenderOptions::threads)
      .def_rw("overwrite", &RenderOptions::overwrite);
  DefChoice(options, "loop", &RenderOptions::loop,
            {LoopMode::kPingPong, LoopMode::kRepeat, LoopMode::kNone});
  DefChoice(
      options, "cache", &RenderOptions::cache,
      {CacheMode::kAuto, CacheMode::kRam, CacheMode::kChunk, CacheMode::kStream, CacheMode::kDisk});
  DefChoice(options, "precision", &RenderOptions::precision,
            {Precision::kAuto, Precision::kF32, Precision::kBf16, Precision::kInt8});
  DefChoice(options, "engine", &RenderOptions::engine,
            {EngineKind::kAuto, EngineKind::kFused, EngineKind::kOpenVino});
  DefChoice(options, "resample", &RenderOptions::resample, {Resample::kLinear, Resample::kCubic});
  DefChoice(options, "audio_window", &RenderOptions::audio_window,
            {AudioWindowMode::kZero, AudioWindowMode::kEdge});
  options
      .def_prop_rw(
          "device", [](const RenderOptions& self) { return ToString(self.devices); },
          [](RenderOptions& self, const std::string& text) { self.devices = ParseDevices(text); })
      .def_prop_rw(
          "codec", [](const RenderOptions& self) { return self.encode.codec; },
          [](RenderOptions& self, const std::string& codec) { self.encode.codec = codec; })
      .def_prop_rw(
          "crf", [](const RenderOptions& self) { return self.encode.crf; },
          [](RenderOptions& self, std::optional<int> crf) { self.encode.crf = crf; },
          nb::for_setter(nb::arg("crf").none()))
      .def_prop_rw(
          "preset", [](const RenderOptions& self) { return self.encode.preset; },
          [](RenderOptions& self, const std::string& preset) { self.encode.preset = preset; })
      .def_prop_rw(
          "bitrate", [](const RenderOptions& self) { return self.encode.bitrate; },
          [](RenderOptions& self, int64_t bitrate) { self.encode.bitrate = bitrate; })
      .def_prop_rw(
          "quality", [](const RenderOptions& self) { return self.encode.quality; },
          [](RenderOptions& self, int quality) { self.encode.quality = quality; });
}

}  // namespace

void BindRender(nb::module_& module) {
  BindOptions(module);
  module.def("join", JoinShards, "shards"_a, "out"_a, "overwrite"_a);
  nb::class_<RendererObject>(module, "Renderer")
      .def(nb::init<const AvatarObject&>(), "avatar"_a)
      .def("render", RenderToOutput, "options"_a, "on_progress"_a = nb::none(),
           "on_message"_a = nb::none());
  nb::class_<StreamObject>(module, "FrameStream", kStreamDoc)
      .def(nb::init<const RendererObject&, const RenderOptions&, const std::string&>(),
           "renderer"_a, "options"_a, "format"_a)
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
