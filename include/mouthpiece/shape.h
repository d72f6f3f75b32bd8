// Which part of the pictures an output shows, and how large.
#ifndef MOUTHPIECE_SHAPE_H_
#define MOUTHPIECE_SHAPE_H_

#include <optional>
#include <string>

#include "mouthpiece/export.h"

namespace mouthpiece {

/// A part of the frames, the same of all, with even sides at an even place.
struct Crop {
  struct Place {
    int x = 0;
    int y = 0;
    bool operator==(const Place&) const = default;
  };
  int width = 0;  ///< In pixels, or with `height` the shape of the largest part that has it
  int height = 0;
  bool is_shape = true;  ///< As shown: 9:16 is that on a screen, whatever shape pixels have
  /// Of the upper left corner, in pixels. Unset: as near as can be to where the middle of the
  /// avatar's face is in the mean.
  std::optional<Place> place = std::nullopt;

  bool operator==(const Crop&) const = default;
};

/// The size of the pictures in pixels, each side 1 to 16384. One of them may be kKeepShape: the
/// even number with which pixels become square and the picture keeps its shape. Where both are
/// given, pixels become what keeps it, in outputs that can say so.
struct Scale {
  static constexpr int kKeepShape = -2;
  int width = kKeepShape;
  int height = kKeepShape;

  bool operator==(const Scale&) const = default;
};

/// "9:16", the largest part of that shape, or "640x480", of that size; with "@x,y" its place.
/// Throws Error (kInvalidArgument).
MOUTHPIECE_EXPORT Crop ParseCrop(const std::string& text);

/// "1920x1080", "-2:480", "640:-2". Throws Error (kInvalidArgument).
MOUTHPIECE_EXPORT Scale ParseScale(const std::string& text);

/// What the functions above take.
MOUTHPIECE_EXPORT std::string ToString(const Crop& crop);
MOUTHPIECE_EXPORT std::string ToString(const Scale& scale);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_SHAPE_H_
