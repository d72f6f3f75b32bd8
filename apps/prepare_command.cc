#include <cstdio>
#include <memory>
#include <string>

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
  const bool was_there = FindPrepared(*avatar).is_there && !arguments.options.remake;
  Prepared prepared;
  try {
    prepared = Prepare(*avatar, arguments.options, HooksOf(progress));
  } catch (...) {
    progress.Clear();
    throw;
  }
  progress.Clear();
  if (!arguments.quiet) {
    std::fprintf(stderr, "  %s: %s%s\n", prepared.file.c_str(),
                 FormatBytes(static_cast<double>(prepared.bytes)).c_str(),
                 was_there ? ", was there" : "");
  }
  return 0;
}

}  // namespace

std::function<int()> AddPrepareCommand(CLI::App& app) {
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* command = app.add_subcommand(
      "prepare", "Decode an avatar's frames once, into a file that all renders of it share");
  command->add_option("avatar", arguments->avatar, "Avatar package")
      ->required()
      ->option_text("AVATAR");
  command->add_option("--threads", arguments->options.threads, "Threads for decoding [all cores]")
      ->check(CLI::Range(0, 1024).description(""))
      ->option_text("N");
  command->add_flag("--remake", arguments->options.remake, "Make it anew where it is there");
  command->add_flag("--remove", arguments->remove, "Remove it instead");
  command->add_flag("--quiet", arguments->quiet, "Print nothing but errors");
  return [arguments] { return RunPrepare(*arguments); };
}

}  // namespace mouthpiece::cli
