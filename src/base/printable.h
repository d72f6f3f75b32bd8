// Foreign text on its way into a message.
#ifndef MOUTHPIECE_BASE_PRINTABLE_H_
#define MOUTHPIECE_BASE_PRINTABLE_H_

#include <string>
#include <string_view>

namespace mouthpiece {

/// `text` with a ? for each control character: a message is one line, and a terminal obeys no file.
std::string Printable(std::string_view text);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_BASE_PRINTABLE_H_
