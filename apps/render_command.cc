#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "commands.h"
#include "interrupt.h"
#include "mouthpiece/error.h"
#include "mouthpiece/render.h"
#include "progress.h"
#include "units.h"

namespace mouthpiece::cli {
namespace {

/// The command line as typed, before units are parsed.
struct Arguments {
  std::string avatar;
  RenderOptions options;
  std::string frames;
  std::optional<std::string> shard;
  std::string memory_budget = "2GiB";
  std::string bitrate;
  std::string devices = "cpu";
  int crf = -1;
  std::string stats;
  bool quiet = false;
};

/// Offers the values of an enumeration by their names.
template <typename Enum>
void AddChoice(CLI::App& command, const std::string& name, Enum& value,
               std::initializer_list<Enum> choices, const std::string& help) {
  std::string names;
  for (const Enum choice : choices)
    names += (names.empty() ? "" : "|") + std::string(ToString(choice));
  const std::string default_name = ToString(value);
  const auto parse = [&value, name, names,
                      all = std::vector<Enum>(choices)](const std::string& text) {
    for (const Enum choice : all) {
      if (text == ToString(choice)) {
        value = choice;
        return;
      }
    }
    throw CLI::ValidationError(name, "expected " + names + ", found \"" + text + "\"");
  };
  command.add_option_function<std::string>(name, parse, help)
      ->option_text(names + " [" + default_name + "]");
}

void AddOptions(CLI::App& command, Arguments& arguments) {
  RenderOptions& o = arguments.options;
  command.add_option("avatar", arguments.avatar, "Avatar package (folder)")
      ->required()
      ->option_text("AVATAR");
  command
      .add_option("-o,--output", o.output,
                  "x.mp4|.mkv|.mov|.avi video; a folder or a %05d.jpg/.png pattern: images; "
                  "-: y4m on standard output; null: nothing; hash: or hash:FILE checksums")
      ->required()
      ->option_text("OUT");
  command
      .add_option("--audio", o.audio,
                  "Speech that moves the mouth and is muxed into the video; any file FFmpeg reads "
                  "[the package's own features, no sound]")
      ->option_text("FILE");
  command
      .add_option("--features", o.features,
                  "Audio features that move the mouth; --audio is then only muxed")
      ->option_text("FILE.npy|.bin");
  command.add_option("--frames", arguments.frames, "Output frames, half-open [all of the speech]")
      ->option_text("A:B");
  command
      .add_option(
          "--shard", arguments.shard,
          "Render only part I of N, I from 0 to N-1; mouthpiece join makes one video of all")
      ->option_text("I/N");
  AddChoice(command, "--loop", o.loop, {LoopMode::kPingPong, LoopMode::kRepeat, LoopMode::kNone},
            "How output frames walk the avatar's");
  AddChoice(
      command, "--cache", o.cache,
      {CacheMode::kAuto, CacheMode::kRam, CacheMode::kChunk, CacheMode::kStream, CacheMode::kDisk},
      "Where source frames come from");
  command.add_option("--memory-budget", arguments.memory_budget, "For frames and buffers")
      ->option_text("SIZE [2GiB]");
  command.add_option("--chunk-frames", o.chunk_frames, "Frames a chunk of --cache chunk")
      ->option_text("N [500]");
  command.add_option("--batch", o.batch, "Frames a network call [by the machine]")
      ->option_text("N");
  command
      .add_option("--threads", o.threads,
                  "Threads for each of decoding, network and encoding "
                  "[all cores]")
      ->option_text("N");
  AddChoice(command, "--precision", o.precision,
            {Precision::kAuto, Precision::kF32, Precision::kBf16, Precision::kInt8},
            "Arithmetic of the network; int8 runs what tools/quantize.py made");
  AddChoice(command, "--engine", o.engine,
            {EngineKind::kAuto, EngineKind::kFused, EngineKind::kOpenVino},
            "What runs the network on the CPU");
  command.add_option("--device", arguments.devices, "What runs the network and composites")
      ->option_text("cpu|cuda|cuda:N[,cuda:N...] [cpu]");
  AddChoice(command, "--resample", o.resample, {Resample::kLinear, Resample::kCubic},
            "How the face is fitted to its rectangle");
  AddChoice(command, "--audio-window", o.audio_window,
            {AudioWindowMode::kZero, AudioWindowMode::kEdge}, "Features outside the speech");
  command.add_option("--codec", o.encode.codec, "Video encoder by libavcodec's name")
      ->option_text("NAME [libx264]");
  command.add_option("--crf", arguments.crf, "Constant quality, lower is better")
      ->check(CLI::Range(0, 63).description(""))
      ->option_text("N");
  command.add_option("--preset", o.encode.preset, "Encoder preset")->option_text("NAME");
  command.add_option("--bitrate", arguments.bitrate, "Average bits a second instead of --crf")
      ->option_text("RATE");
  command.add_option("--quality", o.encode.quality, "JPEG quality")->option_text("1..100 [95]");
  command.add_option("--stats", arguments.stats, "Write the measurements as JSON")
      ->option_text("FILE.json");
  command.add_flag("--quiet", arguments.quiet, "Print nothing but errors");
  command.add_flag("--overwrite", o.overwrite, "Replace an output that exists");
}

void FinishOptions(Arguments& arguments) {
  RenderOptions& options = arguments.options;
  const auto named = [](const char* option, auto parse, const std::string& text) {
    try {
      return parse(text);
    } catch (const Error& error) {
      throw Error(error.code(), std::string(option) + ": " + error.what());
    }
  };
  options.memory_budget = named("--memory-budget", ParseBytes, arguments.memory_budget);
  options.devices = named("--device", ParseDevices, arguments.devices);
  if (!arguments.frames.empty()) {
    options.frames = named("--frames", ParseFrames, arguments.frames);
  }
  if (arguments.shard) options.shard = named("--shard", ParseShard, *arguments.shard);
  if (!arguments.bitrate.empty()) {
    options.encode.bitrate = named("--bitrate", ParseBitrate, arguments.bitrate);
  }
  if (arguments.crf >= 0) options.encode.crf = arguments.crf;
}

void PrintSummary(const RenderStats& stats, const std::string& output) {
  std::fprintf(stderr, "\n  %-12s %10s\n", "stage", "ms/frame");
  for (const StageStats& stage : stats.stages) {
    std::fprintf(stderr, "  %-12s %10.3f%s\n", stage.name.c_str(), stage.ms_per_frame,
                 stage.name == stats.bottleneck ? "  <- bottleneck" : "");
  }
  std::fprintf(stderr, "\n  %lld frames in %.2f s: %.1f fps", static_cast<long long>(stats.frames),
               stats.wall_s, stats.fps);
  if (stats.speech_wall_s > 0) std::fprintf(stderr, " (speech %.2f s)", stats.speech_wall_s);
  std::fputc('\n', stderr);
  std::fprintf(stderr, "  cache %s: %s, %s a frame; peak memory %s\n", ToString(stats.cache),
               FormatBytes(static_cast<double>(stats.frame_store_bytes)).c_str(),
               FormatBytes(stats.bytes_per_frame).c_str(),
               FormatBytes(static_cast<double>(stats.peak_rss_bytes)).c_str());
  std::fprintf(stderr, "  %s, batch %d, %d in flight, %d threads\n", stats.engine.c_str(),
               stats.batch, stats.requests, stats.threads);
  std::fprintf(stderr, "  %s\n", output.c_str());
}

/// The statistics' file: opened before the work, so that a wrong name costs nothing, and under its
/// own name only once it is written.
class StatsFile {
 public:
  explicit StatsFile(const std::string& path) : path_(path), partial_(path + ".partial") {
    if (path_.empty()) return;
    file_.open(partial_, std::ios::binary);
    if (!file_) throw Error(ErrorCode::kInvalidArgument, path_ + ": cannot be written");
  }
  ~StatsFile() {
    std::error_code ignored;
    if (file_.is_open()) std::filesystem::remove(partial_, ignored);
  }

  void Write(const std::string& json) {
    if (path_.empty()) return;
    file_ << json << std::flush;
    std::error_code failed;
    if (file_) std::filesystem::rename(partial_, path_, failed);
    if (!file_ || failed) throw Error(ErrorCode::kIo, path_ + ": cannot be written");
    file_.close();
  }

 private:
  const std::string path_;
  const std::string partial_;
  std::ofstream file_;
};

int RunRender(Arguments& arguments) {
  FinishOptions(arguments);
  StatsFile stats_file(arguments.stats);
  Progress progress(arguments.quiet);
  RenderHooks hooks;
  hooks.progress = [&](const RenderProgress& update) { progress.Update(update); };
  hooks.message = [&](const std::string& text) { progress.Message(text); };
  hooks.cancel = Interrupted();
  RenderStats stats;
  try {
    stats = Render(Avatar::Open(arguments.avatar), arguments.options, hooks);
  } catch (...) {
    progress.Clear();
    throw;
  }
  progress.Clear();
  if (!arguments.quiet && stats.frames > 0) PrintSummary(stats, arguments.options.output);
  stats_file.Write(StatsToJson(stats, arguments.options));
  return 0;
}

}  // namespace

std::function<int()> AddRenderCommand(CLI::App& app) {
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* command = app.add_subcommand("render", "Render an avatar speaking");
  AddOptions(*command, *arguments);
  return [arguments] { return RunRender(*arguments); };
}

}  // namespace mouthpiece::cli
