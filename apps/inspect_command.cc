#include <cerrno>
#include <cstdio>
#include <memory>
#include <string>
#include <system_error>

#include "commands.h"
#include "mouthpiece/error.h"
#include "mouthpiece/inspect.h"

namespace mouthpiece::cli {
namespace {

struct Arguments {
  std::string avatar;
  bool json = false;
};

int RunInspect(const Arguments& arguments) {
  constexpr int kHasProblems = 2;
  const PackageReport report = InspectPackage(arguments.avatar);
  const std::string text = arguments.json ? ReportToJson(report) : ReportToText(report);
  if (std::fputs(text.c_str(), stdout) < 0 || std::fflush(stdout) != 0) {
    throw Error(ErrorCode::kIo, std::string("standard output: cannot be written: ") +
                                    std::system_category().message(errno));
  }
  return report.problems.empty() ? 0 : kHasProblems;
}

}  // namespace

std::function<int()> AddInspectCommand(CLI::App& app) {
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* command =
      app.add_subcommand("inspect", "Show what is in a package and what is wrong with it");
  command->add_option("avatar", arguments->avatar, "Avatar package (folder)")
      ->required()
      ->option_text("AVATAR");
  command->add_flag("--json", arguments->json, "As JSON");
  return [arguments] { return RunInspect(*arguments); };
}

}  // namespace mouthpiece::cli
