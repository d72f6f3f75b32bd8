// What becomes transparent, and what is seen behind it.
#ifndef MOUTHPIECE_MATTE_H_
#define MOUTHPIECE_MATTE_H_

#include <array>
#include <cstdint>
#include <string>

#include "mouthpiece/export.h"

namespace mouthpiece {

/// A colour that becomes transparent, in any light, and whose light is taken out of the rest.
struct KeyOut {
  std::array<uint8_t, 3> color = {0, 255, 0};  ///< R, G, B; no grey
  double similarity =
      0.7;  ///< Above 0, at most 1: how far from it a colour may be; 1: all its hues

  bool operator==(const KeyOut&) const = default;
};

/// "green", "blue" or "#rrggbb", and a similarity behind a colon: "green:0.8". Throws Error
/// (kInvalidArgument).
MOUTHPIECE_EXPORT KeyOut ParseKeyOut(const std::string& text);

/// What ParseKeyOut takes.
MOUTHPIECE_EXPORT std::string ToString(const KeyOut& key);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_MATTE_H_
