#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <tuple>

#include "choice.h"
#include "commands.h"
#include "mouthpiece/error.h"
#include "mouthpiece/renderer.h"
#include "progress.h"
#include "units.h"

namespace mouthpiece::cli {
namespace {

/// The command line as typed, before units are parsed.
struct Arguments {
  std::string avatar;
  Machine machine;
  Job job;
  Output output;
  std::string audio;
  int audio_track = 0;
  std::string features;
  std::string frames;
  std::optional<std::string> shard;
  std::string memory_budget = "2GiB";
  std::string bitrate;
  std::string crop;
  std::string scale;
  std::string key_out;
  int crf = -1;
  bool quiet = false;
};

void AddOptions(CLI::App& command, Arguments& arguments) {
  Machine& machine = arguments.machine;
  Job& job = arguments.job;
  Output& output = arguments.output;
  command.add_option("avatar", arguments.avatar, "Avatar package (folder)")
      ->required()
      ->option_text("AVATAR");
  command
      .add_option("-o,--output", output.name,
                  "x.mp4|.mkv|.mov|.webm|.avi video; x.gif|.webp animation; a folder or a "
                  "%05d.jpg/.png pattern: images; x.jpg|.png one frame; x.y4m, - for standard "
                  "output; null: nothing; hash: or hash:FILE checksums")
      ->required()
      ->option_text("OUT");
  command
      .add_option("--audio", arguments.audio,
                  "Speech that moves the mouth and is muxed into the video; any file FFmpeg reads, "
                  "- for standard input [the package's own features, no sound]")
      ->option_text("FILE");
  command
      .add_option("--audio-track", arguments.audio_track,
                  "Which of the audio tracks of --audio, from 1 [FFmpeg's choice]")
      ->option_text("N");
  command
      .add_option("--features", arguments.features,
                  "Audio features that move the mouth; --audio is then only muxed")
      ->option_text("FILE.npy|.bin");
  command.add_option("--frames", arguments.frames, "Output frames, half-open [all of the speech]")
      ->option_text("A:B");
  command
      .add_option(
          "--shard", arguments.shard,
          "Render only part I of N, I from 0 to N-1; mouthpiece join makes one video of all")
      ->option_text("I/N");
  AddChoice(command, "--loop", job.loop, "How output frames walk the avatar's");
  AddChoice(command, "--cache", machine.cache, "Where source frames come from");
  command.add_option("--memory-budget", arguments.memory_budget, "For frames and buffers")
      ->option_text("SIZE [2GiB]");
  command.add_option("--chunk-frames", machine.chunk_frames, "Frames a chunk of --cache chunk")
      ->option_text("N [500]");
  command.add_option("--batch", machine.batch, "Frames a network call [by the machine]")
      ->option_text("N");
  command
      .add_option("--threads", machine.threads,
                  "Threads for each of decoding, network and encoding "
                  "[all cores]")
      ->option_text("N");
  AddChoice(command, "--precision", machine.precision, "Arithmetic of the network");
  AddChoice(command, "--engine", machine.engine, "What runs the network on the CPU");
  command.add_option("--device", machine.device, "What runs the network and composites")
      ->option_text("cpu [cpu]");
  AddChoice(command, "--resample", job.resample, "How the face is fitted to its rectangle");
  AddChoice(command, "--audio-window", job.audio_window, "Features outside the speech");
  command.add_option("--codec", output.encode.codec, "Video encoder by libavcodec's name")
      ->option_text("NAME [libx264; libvpx-vp9 in .webm]");
  command.add_option("--crf", arguments.crf, "Constant quality, lower is better")
      ->check(CLI::Range(0, 63).description(""))
      ->option_text("N");
  command
      .add_option("--preset", output.encode.preset,
                  "Encoder preset; speed of libvpx-vp9 and libaom-av1")
      ->option_text("NAME");
  command.add_option("--bitrate", arguments.bitrate, "Average bits a second instead of --crf")
      ->option_text("RATE");
  command.add_option("--quality", output.encode.quality, "JPEG and WebP quality")
      ->option_text("1..100 [95]");
  command
      .add_option("--crop", arguments.crop,
                  "Show the largest part of that shape, or one of WxH pixels, around the face or "
                  "with its corner at x,y")
      ->option_text("9:16[@x,y]");
  command
      .add_option("--scale", arguments.scale,
                  "Size of the pictures, after --crop; -2 keeps their shape")
      ->option_text("WxH|-2:480");
  command
      .add_option("--key-out", arguments.key_out,
                  "Make a colour transparent, of hues up to SIMILARITY from it, 0 to 1")
      ->option_text("green|blue|#rrggbb[:0.7]");
  command
      .add_option("--background", output.background,
                  "What is seen where the avatar is transparent; a video starts over at its end")
      ->option_text("#rrggbb|FILE");
  command.add_option("--stats", output.stats, "Write the measurements as JSON")
      ->option_text("FILE.json");
  command.add_flag("--quiet", arguments.quiet, "Print nothing but errors");
  command.add_flag("--overwrite", output.overwrite, "Replace outputs that exist");
}

/// --audio moves the mouth, unless --features do.
void ChooseDrive(const Arguments& arguments, Job& job) {
  if (!arguments.features.empty()) {
    job.drive = FeatureFile{arguments.features};
    job.sound = arguments.audio;
    job.sound_track = arguments.audio_track;
  } else if (!arguments.audio.empty()) {
    job.drive = SpeechFile{arguments.audio, arguments.audio_track};
  }
}

void FinishOptions(Arguments& arguments) {
  const auto named = [](const char* option, auto parse, const std::string& text) {
    try {
      return parse(text);
    } catch (const Error& error) {
      throw Error(error.code(), std::string(option) + ": " + error.what());
    }
  };
  arguments.machine.memory_budget = named("--memory-budget", ParseBytes, arguments.memory_budget);
  Job& job = arguments.job;
  ChooseDrive(arguments, job);
  if (!arguments.frames.empty()) job.frames = named("--frames", ParseFrames, arguments.frames);
  if (arguments.shard) job.shard = named("--shard", ParseShard, *arguments.shard);
  if (!arguments.crop.empty()) arguments.output.crop = ParseCrop(arguments.crop);
  if (!arguments.scale.empty()) arguments.output.scale = ParseScale(arguments.scale);
  if (!arguments.key_out.empty()) arguments.output.key_out = ParseKeyOut(arguments.key_out);
  EncodeOptions& encode = arguments.output.encode;
  if (!arguments.bitrate.empty()) {
    encode.bitrate = named("--bitrate", ParseBitrate, arguments.bitrate);
  }
  if (arguments.crf >= 0) encode.crf = arguments.crf;
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
  std::fprintf(stderr, "  cache %s%s: %s, %s a frame; peak memory %s\n", ToString(stats.cache),
               stats.prepared.empty() ? "" : ", prepared",
               FormatBytes(static_cast<double>(stats.frame_store_bytes)).c_str(),
               FormatBytes(stats.bytes_per_frame).c_str(),
               FormatBytes(static_cast<double>(stats.peak_rss_bytes)).c_str());
  std::fprintf(stderr, "  %s, batch %d, %d in flight, %d threads\n", stats.engine.c_str(),
               stats.batch, stats.requests, stats.threads);
  std::fprintf(stderr, "  %s\n", output.c_str());
}

int RunRender(Arguments& arguments) {
  FinishOptions(arguments);
  const auto& [machine, job, output] = std::tie(arguments.machine, arguments.job, arguments.output);
  ProgressBar progress(arguments.quiet);
  RenderStats stats;
  try {
    Renderer renderer(Avatar::Open(arguments.avatar), machine);
    stats = renderer.Render(job, output, HooksOf(progress));
  } catch (...) {
    progress.Clear();
    throw;
  }
  progress.Clear();
  if (!arguments.quiet && stats.frames > 0) PrintSummary(stats, output.name);
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
