// The subcommands of `mouthpiece`.
#ifndef MOUTHPIECE_APPS_COMMANDS_H_
#define MOUTHPIECE_APPS_COMMANDS_H_

#include <CLI/CLI.hpp>
#include <functional>

namespace mouthpiece::cli {

/// Each adds a subcommand to `app` and returns what runs it after parsing; it returns the exit
/// status and throws Error.
std::function<int()> AddRenderCommand(CLI::App& app);
std::function<int()> AddFeaturesCommand(CLI::App& app);
std::function<int()> AddInspectCommand(CLI::App& app);
std::function<int()> AddImportCommand(CLI::App& app);
std::function<int()> AddPrepareCommand(CLI::App& app);
std::function<int()> AddJoinCommand(CLI::App& app);
std::function<int()> AddDevicesCommand(CLI::App& app);
/// Where it was built with Boost and OpenSSL.
std::function<int()> AddServeCommand(CLI::App& app);
/// `app` outlives what these two return.
std::function<int()> AddManualCommand(CLI::App& app);
std::function<int()> AddCompletionCommand(CLI::App& app);

}  // namespace mouthpiece::cli

#endif  // MOUTHPIECE_APPS_COMMANDS_H_
