// Rendering: an avatar and audio features in, finished video, images or checksums out.
#ifndef MOUTHPIECE_RENDER_H_
#define MOUTHPIECE_RENDER_H_

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "mouthpiece/avatar.h"
#include "mouthpiece/options.h"
#include "mouthpiece/types.h"

namespace mouthpiece {

struct FeatureTable;  // audio.h

/// What runs the network and composites. GPUs are numbered as the CUDA driver numbers them.
struct Device {
  enum class Kind { kCpu, kCuda };
  Kind kind = Kind::kCpu;
  int index = 0;

  friend bool operator==(const Device&, const Device&) = default;
};

struct RenderOptions {
  std::string output;  ///< x.mp4, a folder, %05d.jpg, -, null:, hash:
  /// Speech: any file FFmpeg reads. It moves the mouth through the package's audio encoder, unless
  /// `features` are given, and is muxed into video output. Empty: none.
  std::filesystem::path audio;
  /// Move the mouth, whatever `audio` says. Empty: `audio`, else the package's own features.
  std::filesystem::path features;
  /// The same from memory; not both. Finite values.
  std::shared_ptr<const FeatureTable> feature_table;
  /// Unset: as long as the speech, that is ceil(25 * seconds) frames, or one a row of features.
  std::optional<FrameRange> frames;
  /// Render only this part of `frames`. Its video file is no video of its own, but for Join
  /// (mouthpiece/join.h); of anything else it is the same as asking for fewer frames. A shard is a
  /// whole number of the segments of 250 frames in which video is encoded, so there may be none
  /// for it: then the file, which Join wants too, says so.
  std::optional<Shard> shard;
  LoopMode loop = LoopMode::kPingPong;
  CacheMode cache = CacheMode::kAuto;
  uint64_t memory_budget = uint64_t{2} << 30;  ///< Bytes, for all but the network.
  int chunk_frames = 500;
  int batch = 0;    ///< 0: chosen for the machine.
  int threads = 0;  ///< 0: all cores.
  Precision precision = Precision::kAuto;
  EngineKind engine = EngineKind::kAuto;  ///< On the CPU.
  /// The CPU, or one GPU or more, which share the job. Error (kUnsupported) where one is not there.
  std::vector<Device> devices{Device{}};
  Resample resample = Resample::kLinear;
  AudioWindowMode audio_window = AudioWindowMode::kZero;
  EncodeOptions encode;
  bool overwrite = false;
};

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
  double speech_wall_s = 0;   ///< From sound to features, before the first frame.
  double network_wall_s = 0;  ///< Loading the network, before that; 0 when a Renderer had it.
  /// Until every frame was in memory; rendering goes on meanwhile. 0 in modes that keep none.
  double preload_wall_s = 0;
  std::vector<StageStats> stages;
  uint64_t frame_store_bytes = 0;  ///< Most that was held at once.
  double bytes_per_frame = 0;      ///< Bytes a cached frame.
  uint64_t peak_rss_bytes = 0;
  std::string bottleneck;
  CacheMode cache = CacheMode::kRam;  ///< The mode that ran.
  std::string cache_reason;           ///< Why `auto` took it; empty when asked for.
  int batch = 0;
  int threads = 0;
  int requests = 0;
  int chunk_frames = 0;                   ///< 0 unless the mode is chunk.
  std::string engine;                     ///< Backend, version and precision.
  Precision precision = Precision::kF32;  ///< The one that ran.
};

struct RenderProgress {
  enum class Phase { kOpening, kListening, kRendering, kImporting };
  Phase phase = Phase::kOpening;
  int64_t done = 0;
  int64_t total = 0;
};

/// Hooks a caller may give; all optional. `progress` and `message` are called from the
/// library's threads, one call at a time.
struct RenderHooks {
  std::function<void(const RenderProgress&)> progress;
  std::function<void(const std::string&)> message;  ///< Warnings and decisions, one line each.
  const std::atomic<bool>* cancel = nullptr;        ///< Set to true to stop: Error(kCancelled).
};

/// Renders `options.frames` of `avatar` into `options.output` and returns what it cost. For several
/// renders of one avatar see Renderer (renderer.h).
/// Blocks. Throws Error; then nothing is left under the output's final name.
RenderStats Render(std::shared_ptr<const Avatar> avatar, const RenderOptions& options,
                   const RenderHooks& hooks = {});

/// The statistics as the JSON document of `--stats` (schema "mouthpiece.stats/1").
std::string StatsToJson(const RenderStats& stats, const RenderOptions& options);

/// "cpu", "cuda" (the first GPU), "cuda:N", or GPUs separated by commas. Throws Error
/// (kInvalidArgument) for any other text.
std::vector<Device> ParseDevices(const std::string& text);

/// The text that ParseDevices reads.
std::string ToString(const std::vector<Device>& devices);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_RENDER_H_
