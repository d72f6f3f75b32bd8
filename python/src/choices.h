// Values of enumerations by the names that the command line has for them.
#ifndef MOUTHPIECE_PYTHON_CHOICES_H_
#define MOUTHPIECE_PYTHON_CHOICES_H_

#include <string>
#include <vector>

#include "mouthpiece/error.h"
#include "mouthpiece/render.h"

namespace mouthpiece::python {

template <typename Enum>
Enum ParseChoice(const char* option, const std::vector<Enum>& choices, const std::string& text) {
  std::string names;
  for (const Enum choice : choices) {
    if (text == ToString(choice)) return choice;
    names += (names.empty() ? "" : ", ") + std::string(ToString(choice));
  }
  throw Error(ErrorCode::kInvalidArgument,
              std::string(option) + ": expected one of " + names + ", found \"" + text + "\"");
}

inline CacheMode ParseCacheMode(const std::string& text) {
  return ParseChoice<CacheMode>(
      "cache",
      {CacheMode::kAuto, CacheMode::kRam, CacheMode::kChunk, CacheMode::kStream, CacheMode::kDisk},
      text);
}

inline Resample ParseResample(const std::string& text) {
  return ParseChoice<Resample>("resample", {Resample::kLinear, Resample::kCubic}, text);
}

}  // namespace mouthpiece::python

#endif  // MOUTHPIECE_PYTHON_CHOICES_H_
