#include <cstdio>
#include <memory>
#include <string>

#include "commands.h"
#include "option_documents.h"

namespace mouthpiece::cli {

std::function<int()> AddManualCommand(CLI::App& app) {
  app.add_subcommand("manual", "Print this manual page: mouthpiece manual | man -l -");
  return [&app] {
    std::fputs(ManualPage(app).c_str(), stdout);
    return 0;
  };
}

std::function<int()> AddCompletionCommand(CLI::App& app) {
  const auto shell = std::make_shared<std::string>();
  CLI::App* command =
      app.add_subcommand("completion", "Print what a shell needs to complete mouthpiece's words");
  command->add_option("shell", *shell, "Which shell")->required()->option_text("bash|zsh|fish");
  return [&app, shell] {
    std::fputs(Completion(app, *shell).c_str(), stdout);
    return 0;
  };
}

}  // namespace mouthpiece::cli
