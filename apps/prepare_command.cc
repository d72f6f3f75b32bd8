#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>

#include "choice.h"
#include "commands.h"
#include "interrupt.h"
#include "mouthpiece/avatar.h"
#include "mouthpiece/prepare.h"
#include "progress.h"
#include "units.h"

namespace mouthpiece::cli {
namespace {

struct Arguments {
  std::string avatar;
  PrepareOptions options;
  bool remove = false;
  bool quiet = false;
};

void PrintFile(const std::filesystem::path& file, uint64_t bytes, bool was_there) {
  std::fprintf(stderr, "  %s: %s%s\n", file.c_str(),
               FormatBytes(static_cast<double>(bytes)).c_str(), was_there ? ", was there" : "");
}

int RunPrepare(const Arguments& arguments) {
  const std::shared_ptr<const Avatar> avatar = Avatar::Open(arguments.avatar);
  if (arguments.remove) {
    const bool removed = RemovePrepared(*avatar);
    if (!arguments.quiet) {
      std::fprintf(stderr, "  %s\n", removed ? "removed" : "there was nothing to remove");
    }
    return 0;
  }
  ProgressBar progress(arguments.quiet);
  const Prepared before = FindPrepared(*avatar, arguments.options.precision);
  Prepared prepared;
  try {
    prepared = Prepare(*avatar, arguments.options, HooksOf(progress));
  } catch (...) {
    progress.Clear();
    throw;
  }
  progress.Clear();
  if (arguments.quiet) return 0;
  const bool remade = arguments.options.remake;
  PrintFile(prepared.file, prepared.bytes, before.is_there && !remade);
  if (prepared.weights.empty()) {
    std::fprintf(stderr, "  the network's weights are not packed: %s\n",
                 prepared.without_weights.c_str());
  } else {
    PrintFile(prepared.weights, prepared.weights_bytes, !before.weights.empty() && !remade);
  }
  for (const std::filesystem::path& file : prepared.backgrounds) {
    const bool was_there =
        std::ranges::find(before.backgrounds, file) != before.backgrounds.end() && !remade;
    PrintFile(file, std::filesystem::file_size(file), was_there);
  }
  return 0;
}

}  // namespace

std::function<int()> AddPrepareCommand(CLI::App& app) {
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* command = app.add_subcommand(
      "prepare",
      "Decode an avatar's frames and pack its network once, into files that all renders share");
  command->add_option("avatar", arguments->avatar, "Avatar package")
      ->required()
      ->option_text("AVATAR");
  command->add_option("--threads", arguments->options.threads, "Threads for decoding [all cores]")
      ->check(CLI::Range(0, 1024).description(""))
      ->option_text("N");
  AddChoice(*command, "--precision", arguments->options.precision,
            "Arithmetic that the network's weights are packed for");
  command
      ->add_option("--jpeg", arguments->options.jpeg_quality,
                   "Encode the frames, too, for renders to numbered JPEG files of that quality")
      ->check(CLI::Range(1, 100).description(""))
      ->option_text("QUALITY");
  command->add_flag("--remake", arguments->options.remake, "Make anew what is there");
  command->add_flag("--remove", arguments->remove, "Remove what is there instead");
  command->add_flag("--quiet", arguments->quiet, "Print nothing but errors");
  return [arguments] { return RunPrepare(*arguments); };
}

}  // namespace mouthpiece::cli
