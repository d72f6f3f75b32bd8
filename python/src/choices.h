// Values of enumerations by the names that the command line has for them.
#ifndef MOUTHPIECE_PYTHON_CHOICES_H_
#define MOUTHPIECE_PYTHON_CHOICES_H_

#include <optional>
#include <string>

#include "mouthpiece/error.h"
#include "mouthpiece/types.h"

namespace mouthpiece::python {

/// Throws Error (kInvalidArgument) that says what `option` may be.
template <HasNames Enum>
Enum ParseChoice(const char* option, const std::string& text) {
  if (const std::optional<Enum> found = FromString<Enum>(text)) return *found;
  std::string names;
  for (const Named<Enum>& entry : NameTable<Enum>::kEntries) {
    names += (names.empty() ? "" : ", ") + std::string(entry.name);
  }
  throw Error(ErrorCode::kInvalidArgument,
              std::string(option) + ": expected one of " + names + ", found \"" + text + "\"");
}

}  // namespace mouthpiece::python

#endif  // MOUTHPIECE_PYTHON_CHOICES_H_
