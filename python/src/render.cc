#include <nanobind/nanobind.h>
#include <nanobind/stl/filesystem.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <atomic>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "arrays.h"
#include "avatar.h"
#include "bindings.h"
#include "mouthpiece/frame_stream.h"
#include "mouthpiece/join.h"
#include "mouthpiece/renderer.h"
#include "news.h"
#include "waiting.h"

namespace nb = nanobind;
using namespace nb::literals;  // NOLINT

namespace mouthpiece::python {
namespace {

/// Ends the one render that it was given to.
struct Cancel {
  std::atomic<bool> flag = false;
};

/// Renderer, which frame streams share.
struct RendererObject {
  RendererObject(const AvatarObject& avatar, const Machine& machine)
      : renderer(std::make_shared<Renderer>(avatar.avatar(), machine)) {}

  const std::shared_ptr<Renderer> renderer;
};

/// Returns the statistics as JSON.
std::string RenderToOutput(const RendererObject& self, const Job& job, const Output& output,
                           Cancel& cancel, const nb::object& on_progress,
                           const nb::object& on_message) {
  const auto news = std::make_shared<News>();
  RenderStats stats;
  const auto tell = [&] { news->Tell(on_progress, on_message); };
  RunWithoutGil(
      [&](const std::atomic<bool>* flag) {
        stats = self.renderer->Render(job, output, News::HooksFor(news, flag));
      },
      tell, &cancel.flag);
  tell();
  return StatsToJson(stats, self.renderer->machine(), job, output);
}

/// FrameStream as an iterator.
class StreamObject {
 public:
  StreamObject(const RendererObject& renderer, const Job& job, const std::string& format,
               nb::object on_message)
      : exporter_((ThrowIfEnding(), ParseFrameFormat(format))),
        on_message_(std::move(on_message)),
        machine_(renderer.renderer->machine()),
        job_(job),
        stream_(std::make_shared<FrameStream>(renderer.renderer, job,
                                              News::HooksFor(news_, nullptr))) {}
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
    news_->Tell(nb::none(), on_message_);
    if (!frame) {
      Close();
      throw nb::stop_iteration();
    }
    return exporter_.Export(std::move(frame));
  }

  /// Others may drop this object while the threads are waited for: it is not touched then.
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

  const std::optional<std::string>& stats() const { return stats_; }

 private:
  const FrameExporter exporter_;
  const nb::object on_message_;
  const std::shared_ptr<News> news_ = std::make_shared<News>();
  const Machine machine_;
  const Job job_;
  std::shared_ptr<FrameStream> stream_;  ///< Null once it has ended
  const InterruptWatch watch_;
  const Stoppable stoppable_{[this] { Close(); }};
  std::optional<std::string> stats_;  ///< JSON; none before the last frame was taken
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

}  // namespace

void BindRender(nb::module_& module) {
  module.def("join", JoinShards, "shards"_a, "out"_a, "overwrite"_a);
  BindShardedOutput(module);
  nb::class_<Cancel>(module, "Cancel").def(nb::init<>()).def("set", [](Cancel& self) {
    self.flag = true;
  });
  nb::class_<RendererObject>(module, "Renderer")
      .def(nb::init<const AvatarObject&, const Machine&>(), "avatar"_a, "machine"_a)
      .def("render", RenderToOutput, "job"_a, "output"_a, "cancel"_a, "on_progress"_a.none(),
           "on_message"_a)
      .def("cancel", [](const RendererObject& self) { self.renderer->Cancel(); });
  nb::class_<StreamObject>(module, "FrameStream")
      .def(nb::init<const RendererObject&, const Job&, const std::string&, nb::object>(),
           "renderer"_a, "job"_a, "format"_a, "on_message"_a)
      .def("next", &StreamObject::Next)
      .def("close", &StreamObject::Close)
      .def_prop_ro("stats", &StreamObject::stats);
}

}  // namespace mouthpiece::python
