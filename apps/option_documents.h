// Documents made of the options themselves, so that they are never behind: the manual page and
// completions for shells.
#ifndef MOUTHPIECE_APPS_OPTION_DOCUMENTS_H_
#define MOUTHPIECE_APPS_OPTION_DOCUMENTS_H_

#include <CLI/CLI.hpp>
#include <string>

namespace mouthpiece::cli {

/// The manual page of `app` and its commands, for man(1).
std::string ManualPage(const CLI::App& app);

/// What a shell sources to complete commands, options and their values. `shell` is bash, zsh or
/// fish. Throws Error (kInvalidArgument) for another.
std::string Completion(const CLI::App& app, const std::string& shell);

}  // namespace mouthpiece::cli

#endif  // MOUTHPIECE_APPS_OPTION_DOCUMENTS_H_
