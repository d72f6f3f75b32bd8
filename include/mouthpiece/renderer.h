// Rendering: an avatar and speech in, finished video, images or checksums out.
#ifndef MOUTHPIECE_RENDERER_H_
#define MOUTHPIECE_RENDERER_H_

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "mouthpiece/avatar.h"
#include "mouthpiece/error.h"
#include "mouthpiece/export.h"
#include "mouthpiece/hooks.h"
#include "mouthpiece/options.h"
#include "mouthpiece/types.h"

namespace mouthpiece {

/// What one stage took, summed over its threads.
struct StageStats {
  std::string name;         ///< decode, prepare, infer, composite, encode, write
  double ms_per_frame = 0;  ///< Wall time, in which other work may have had the cores.
  /// CPU time; unset where it is spent by threads of the network, a decoder or an encoder.
  std::optional<double> cpu_ms_per_frame = std::nullopt;
};

struct RenderStats {
  int64_t frames = 0;
  double wall_s = 0;  ///< From the first byte decoded to the last one written.
  double fps = 0;
  /// From sound to features: decoding it, before the first frame, and encoding it, beside the
  /// frames.
  double speech_wall_s = 0;
  double network_wall_s = 0;  ///< Loading the network, before that; 0 when the Renderer had it.
  /// Until every frame was in memory; rendering goes on meanwhile. 0 in modes that keep none.
  double preload_wall_s = 0;
  std::vector<StageStats> stages;
  uint64_t frame_store_bytes = 0;  ///< Most that was held at once.
  double bytes_per_frame = 0;      ///< Bytes a cached frame.
  uint64_t peak_rss_bytes = 0;
  std::string bottleneck;
  CacheMode cache = CacheMode::kRam;  ///< The mode that ran.
  std::filesystem::path prepared;     ///< The file that frames came from (prepare.h); empty: none
  std::string cache_reason;           ///< Why `auto` took it; empty when asked for.
  int batch = 0;
  int threads = 0;  ///< Of the network; 0 on a GPU
  int requests = 0;
  int chunk_frames = 0;                   ///< 0 unless the mode is chunk.
  std::string device;                     ///< The one that ran: "cpu", "vulkan:0"
  std::string device_reason;              ///< Why `auto` took it; empty when it was named.
  std::string engine;                     ///< Engine, version and precision.
  Precision precision = Precision::kF32;  ///< The one that ran.
};

/// One of several renders.
struct RenderTask {
  Job job;
  Output output;
};

/// How several renders are checked.
struct TaskCheckOptions {
  std::vector<std::filesystem::path> inputs = {};  ///< What else no output may replace
  /// Tasks whose output is there need not be rendered again.
  bool resume = false;
};

/// What is wrong with one of several renders.
struct TaskProblem {
  size_t task = 0;
  ErrorCode code = ErrorCode::kInvalidArgument;
  std::string message;                         ///< One line
  std::optional<size_t> other = std::nullopt;  ///< The task that it cannot go with
};

struct TaskCheck {
  std::vector<TaskProblem> problems;  ///< In the order of tasks
  /// With TaskCheckOptions::resume, whether a task's output is there, complete, and not older than
  /// what it is made of: the avatar, speech, features, sound, background. Options are not compared.
  /// Images are all there when the first one is. What goes to standard output, a pipe or nowhere is
  /// never finished.
  std::vector<bool> is_finished;
};

struct RenderContext;  // src/render/render_into.h

/// Renders an avatar, again and again. Its network is loaded by the first render and kept, its
/// audio encoder by the first render of speech. A model whose file changes meanwhile is not read
/// again.
///
/// Thread-safe. Renders that run at the same time do not wait for each other: each has a network of
/// its own, one of which is kept. After an error the next render goes on with the same network. A
/// process that was forked off loads its own network when it first renders.
class MOUTHPIECE_EXPORT Renderer {
 public:
  /// Throws Error (kInvalidArgument) for a value of `machine` that is out of its range.
  explicit Renderer(std::shared_ptr<const Avatar> avatar, Machine machine = {});
  ~Renderer();
  Renderer(const Renderer&) = delete;
  Renderer& operator=(const Renderer&) = delete;

  const std::shared_ptr<const Avatar>& avatar() const;
  const Machine& machine() const;

  /// Renders `job` into `output` and returns what it cost. Blocks. Throws Error; then nothing is
  /// left under the output's final name.
  RenderStats Render(const Job& job, const Output& output, const Hooks& hooks = {});

  /// Finds what is wrong with renders, each by itself and with each other, as far as that is known
  /// before speech is heard: options, names, encoders, files that are missing or hold something
  /// else, outputs that two have in common, or that another reads. Loads the networks, as the first
  /// render would. Takes some ms a task. Throws Error (kCancelled).
  TaskCheck Check(const std::vector<RenderTask>& tasks, const TaskCheckOptions& options = {},
                  const Hooks& hooks = {});

  /// Ends all renders and frame streams of this renderer that run now: they throw Error
  /// (kCancelled). Those that begin later are not affected.
  void Cancel();

 private:
  friend class FrameStream;

  const std::unique_ptr<RenderContext> context_;
};

/// The statistics as the JSON document of `--stats` (schema "mouthpiece.stats/1").
MOUTHPIECE_EXPORT std::string StatsToJson(const RenderStats& stats, const Machine& machine,
                                          const Job& job, const Output& output);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_RENDERER_H_
