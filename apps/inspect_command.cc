#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>

#include "commands.h"
#include "mouthpiece/error.h"
#include "mouthpiece/inspect.h"

namespace mouthpiece::cli {
namespace {

struct Arguments {
  std::string path;
  int audio_track = 0;
  bool json = false;
};

template <typename Report>
int Print(const Report& report, bool as_json) {
  constexpr int kHasProblems = 2;
  const std::string text = as_json ? ReportToJson(report) : ReportToText(report);
  if (std::fputs(text.c_str(), stdout) < 0 || std::fflush(stdout) != 0) {
    throw Error(ErrorCode::kIo, std::string("standard output: cannot be written: ") +
                                    std::system_category().message(errno));
  }
  return report.problems.empty() ? 0 : kHasProblems;
}

int RunInspect(const Arguments& arguments) {
  std::error_code ignored;
  if (std::filesystem::is_regular_file(arguments.path, ignored)) {
    return Print(InspectSound(arguments.path, arguments.audio_track), arguments.json);
  }
  return Print(InspectPackage(arguments.path), arguments.json);
}

}  // namespace

std::function<int()> AddInspectCommand(CLI::App& app) {
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* command = app.add_subcommand(
      "inspect", "Show what is in a package or a sound, and what is wrong with it");
  command->add_option("path", arguments->path, "Avatar package (folder), or any file with sound")
      ->required()
      ->option_text("AVATAR|AUDIO");
  command
      ->add_option("--audio-track", arguments->audio_track,
                   "Which of the audio tracks of AUDIO, from 1 [FFmpeg's choice]")
      ->option_text("N");
  command->add_flag("--json", arguments->json, "As JSON");
  return [arguments] { return RunInspect(*arguments); };
}

}  // namespace mouthpiece::cli
