#include "print_error.h"

#include <cstdio>

namespace mouthpiece::cli {

void PrintError(const std::string& message) {
  std::string line;
  for (const char c : message) line += static_cast<unsigned char>(c) < ' ' || c == '\x7f' ? ' ' : c;
  std::fprintf(stderr, "mouthpiece: %s\n", line.c_str());
}

}  // namespace mouthpiece::cli
