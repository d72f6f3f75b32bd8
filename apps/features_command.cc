#include <cstdio>
#include <memory>
#include <string>

#include "commands.h"
#include "interrupt.h"
#include "mouthpiece/audio.h"
#include "mouthpiece/error.h"
#include "progress.h"

namespace mouthpiece::cli {
namespace {

struct Arguments {
  std::string audio;
  std::string output;
  std::string stage = "features";
  std::string avatar;
  int threads = 0;
  int track = 0;
  bool overwrite = false;
  bool quiet = false;
};

FeatureTable Compute(const Arguments& arguments, const Hooks& hooks) {
  if (arguments.stage == "mel") return ComputeMel(arguments.audio, hooks, arguments.track);
  if (arguments.avatar.empty()) {
    throw Error(ErrorCode::kInvalidArgument,
                "features: expected --avatar AVATAR, whose audio encoder makes them, or --stage "
                "mel, found neither");
  }
  return ComputeFeatures(arguments.audio, *Avatar::Open(arguments.avatar),
                         {.threads = arguments.threads}, hooks, arguments.track);
}

int RunFeatures(const Arguments& arguments) {
  NpyFile file(arguments.output, arguments.overwrite);
  ProgressBar progress(arguments.quiet);
  const Hooks hooks = HooksOf(progress);
  FeatureTable table;
  try {
    table = Compute(arguments, hooks);
    file.Write(table);
  } catch (...) {
    progress.Clear();
    throw;
  }
  progress.Clear();
  if (!arguments.quiet) {
    std::fprintf(stderr, "  %s: %lld rows of %lld\n", arguments.output.c_str(),
                 static_cast<long long>(table.rows), static_cast<long long>(table.row_size));
  }
  return 0;
}

}  // namespace

std::function<int()> AddFeaturesCommand(CLI::App& app) {
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* command = app.add_subcommand("features", "Turn speech into mel rows or audio features");
  command
      ->add_option("audio", arguments->audio,
                   "Speech; any file FFmpeg reads, video too; - for standard input")
      ->required()
      ->option_text("AUDIO");
  command
      ->add_option("-o,--output", arguments->output,
                   "NumPy file of float32: mel [rows,80] or features [rows,512]")
      ->required()
      ->option_text("OUT.npy");
  command->add_option("--stage", arguments->stage, "How far to go; mel needs no avatar")
      ->check(CLI::IsMember({"mel", "features"}).description(""))
      ->option_text("mel|features [features]");
  command->add_option("--avatar", arguments->avatar, "Package whose audio encoder is used")
      ->option_text("AVATAR");
  command
      ->add_option("--audio-track", arguments->track,
                   "Which of the audio tracks, from 1 [FFmpeg's choice]")
      ->check(CLI::Range(0, 1024).description(""))
      ->option_text("N");
  command->add_option("--threads", arguments->threads, "Threads of the network [all cores]")
      ->check(CLI::Range(0, 1024).description(""))
      ->option_text("N");
  command->add_flag("--quiet", arguments->quiet, "Print nothing but errors");
  command->add_flag("--overwrite", arguments->overwrite, "Replace an output that exists");
  return [arguments] { return RunFeatures(*arguments); };
}

}  // namespace mouthpiece::cli
