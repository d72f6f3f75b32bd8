// Options whose values are those of an enumeration, by name.
#ifndef MOUTHPIECE_APPS_CHOICE_H_
#define MOUTHPIECE_APPS_CHOICE_H_

#include <CLI/CLI.hpp>
#include <string>

#include "mouthpiece/types.h"

namespace mouthpiece::cli {

/// Offers the values of an enumeration by their names; `value` is the default, and outlives the
/// parsing.
template <HasNames Enum>
void AddChoice(CLI::App& command, const std::string& name, Enum& value, const std::string& help) {
  std::string names;
  for (const Named<Enum>& entry : NameTable<Enum>::kEntries) {
    names += (names.empty() ? "" : "|") + std::string(entry.name);
  }
  const auto parse = [&value, name, names](const std::string& text) {
    const std::optional<Enum> found = FromString<Enum>(text);
    if (!found) throw CLI::ValidationError(name, "expected " + names + ", found \"" + text + "\"");
    value = *found;
  };
  command.add_option_function<std::string>(name, parse, help)
      ->option_text(names + " [" + ToString(value) + "]");
}

}  // namespace mouthpiece::cli

#endif  // MOUTHPIECE_APPS_CHOICE_H_
