// What a reader may do with bytes that it does not like.
#ifndef MOUTHPIECE_FUZZ_ONLY_ERRORS_H_
#define MOUTHPIECE_FUZZ_ONLY_ERRORS_H_

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "mouthpiece/error.h"

namespace mouthpiece::fuzz {

/// Ends the program, which libFuzzer takes for a finding, unless `holds`.
inline void Require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

/// Whether `text` is one line that does a terminal no harm.
inline bool IsOneLine(const std::string& text) {
  return !text.empty() && std::none_of(text.begin(), text.end(),
                                       [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

/// Runs `read`, which may throw Error with one line that is fit to be printed, and nothing else.
/// Whether it threw none.
template <typename Read>
bool OnlyErrors(Read read) {
  try {
    read();
    return true;
  } catch (const Error& error) {
    if (!IsOneLine(error.what())) std::fprintf(stderr, "message: %s\n", error.what());
    Require(IsOneLine(error.what()), "a message is one line");
    return false;
  }
}

}  // namespace mouthpiece::fuzz

#endif  // MOUTHPIECE_FUZZ_ONLY_ERRORS_H_
