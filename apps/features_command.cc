#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

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

/// Null where mel rows are made.
std::shared_ptr<const Avatar> OpenAvatar(const Arguments& arguments) {
  if (arguments.stage == "mel") return nullptr;
  if (arguments.avatar.empty()) {
    throw Error(ErrorCode::kInvalidArgument,
                "features: expected --avatar AVATAR, whose audio encoder makes them, or --stage "
                "mel, found neither");
  }
  return Avatar::Open(arguments.avatar);
}

/// What the output may not replace. Features may be made for a package that has none.
std::vector<std::filesystem::path> InputsOf(const Arguments& arguments, const Avatar* avatar) {
  std::vector<std::filesystem::path> inputs;
  if (avatar != nullptr) inputs = avatar->files();
  std::erase_if(inputs, [](const std::filesystem::path& path) {
    std::error_code ignored;
    return !std::filesystem::exists(path, ignored);
  });
  inputs.emplace_back(arguments.audio);
  return inputs;
}

FeatureTable Compute(const Arguments& arguments, const Avatar* avatar, const Hooks& hooks) {
  if (avatar == nullptr) return ComputeMel(arguments.audio, hooks, arguments.track);
  return ComputeFeatures(arguments.audio, *avatar, {.threads = arguments.threads}, hooks,
                         arguments.track);
}

int RunFeatures(const Arguments& arguments) {
  const std::shared_ptr<const Avatar> avatar = OpenAvatar(arguments);
  NpyFile file(arguments.output, arguments.overwrite, InputsOf(arguments, avatar.get()));
  ProgressBar progress(arguments.quiet);
  const Hooks hooks = HooksOf(progress);
  FeatureTable table;
  try {
    table = Compute(arguments, avatar.get(), hooks);
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
