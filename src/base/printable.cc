#include "base/printable.h"

#include <algorithm>

namespace mouthpiece {

std::string Printable(std::string_view text) {
  std::string printable(text);
  std::replace_if(
      printable.begin(), printable.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; },
      '?');
  return printable;
}

}  // namespace mouthpiece
