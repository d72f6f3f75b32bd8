// mouthpiece: the command line. Parses options, calls the public API, turns errors into one line
// and an exit status.
#include <CLI/CLI.hpp>
#include <exception>
#include <string>
#include <utility>
#include <vector>

#include "commands.h"
#include "interrupt.h"
#include "mouthpiece/environment.h"
#include "mouthpiece/error.h"
#include "mouthpiece/version.h"
#include "print_error.h"

namespace mouthpiece::cli {
namespace {

constexpr int kFailure = 1;
constexpr int kBadInput = 2;
constexpr int kInterrupted = 130;

int ExitStatus(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument:
    case ErrorCode::kBadPackage:
    case ErrorCode::kBadMedia:
    case ErrorCode::kUnsupported:
      return kBadInput;
    case ErrorCode::kCancelled:
      return kInterrupted;
    case ErrorCode::kIo:
    case ErrorCode::kInternal:
      return kFailure;
  }
  return kFailure;
}

/// "a, b", or "none"
std::string ListOf(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) list.append(list.empty() ? "" : ", ").append(name);
  return list.empty() ? "none" : list;
}

std::string VersionText() {
  const Environment environment = DescribeEnvironment();
  return std::string("mouthpiece ") + Version() + "\nFFmpeg " + environment.ffmpeg + "\nOpenVINO " +
         (environment.openvino.empty() ? "none" : environment.openvino) +
         "\ninstruction sets found: " + ListOf(environment.instruction_sets) +
         "\ninstruction sets used: " + ListOf(environment.used_instruction_sets);
}

int Main(int argc, char** argv) {
  CatchInterrupts();
  CLI::App app("Renders talking-head video from an avatar package and speech.", "mouthpiece");
  app.set_version_flag("--version", VersionText);
  app.require_subcommand(1);
  std::vector<std::pair<CLI::App*, std::function<int()>>> commands;
  for (const auto add : {AddRenderCommand, AddJoinCommand, AddFeaturesCommand, AddInspectCommand,
                         AddImportCommand, AddPrepareCommand, AddDevicesCommand,
#ifdef MOUTHPIECE_WITH_SERVE
                         AddServeCommand,
#endif
                         AddManualCommand, AddCompletionCommand}) {
    std::function<int()> run = add(app);
    commands.emplace_back(app.get_subcommands({}).back(), std::move(run));
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp& help) {
    return app.exit(help);
  } catch (const CLI::CallForVersion& version) {
    return app.exit(version);
  } catch (const CLI::ParseError& error) {
    PrintError(std::string(error.what()) + " (see mouthpiece --help)");
    return kBadInput;
  }
  for (const auto& [command, run] : commands) {
    if (command->parsed()) return run();
  }
  return kBadInput;
}

}  // namespace
}  // namespace mouthpiece::cli

int main(int argc, char** argv) {
  using mouthpiece::cli::PrintError;
  try {
    return mouthpiece::cli::Main(argc, argv);
  } catch (const mouthpiece::Error& error) {
    PrintError(error.what());
    return mouthpiece::cli::ExitStatus(error.code());
  } catch (const std::bad_alloc&) {
    PrintError("out of memory");
  } catch (const std::exception& error) {
    PrintError(error.what());
  }
  return mouthpiece::cli::kFailure;
}
