#include <cstdio>
#include <filesystem>
#include <memory>
#include <vector>

#include "commands.h"
#include "interrupt.h"
#include "mouthpiece/join.h"

namespace mouthpiece::cli {
namespace {

struct Arguments {
  std::vector<std::filesystem::path> shards;
  std::filesystem::path output;
  bool overwrite = false;
  bool quiet = false;
};

int RunJoin(const Arguments& arguments) {
  const JoinStats stats =
      Join(arguments.shards, arguments.output, arguments.overwrite, {.cancel = Interrupted()});
  if (!arguments.quiet) {
    std::fprintf(stderr, "  %s: %lld frames of %d shards\n", arguments.output.c_str(),
                 static_cast<long long>(stats.frames), stats.shards);
  }
  return 0;
}

}  // namespace

std::function<int()> AddJoinCommand(CLI::App& app) {
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* command =
      app.add_subcommand("join", "Make one video of what render --shard wrote, without encoding");
  command->add_option("shards", arguments->shards, "The files of all shards, in any order")
      ->required()
      ->option_text("SHARD...");
  command->add_option("-o,--output", arguments->output, "Video of the same suffix as the shards")
      ->required()
      ->option_text("OUT");
  command->add_flag("--quiet", arguments->quiet, "Print nothing but errors");
  command->add_flag("--overwrite", arguments->overwrite, "Replace an output that exists");
  return [arguments] { return RunJoin(*arguments); };
}

}  // namespace mouthpiece::cli
