// How a stored picture has to be turned to stand upright.
#ifndef MOUTHPIECE_IMAGE_ORIENTATION_H_
#define MOUTHPIECE_IMAGE_ORIENTATION_H_

#include <string>

#include "image/image.h"

namespace mouthpiece {

/// One of the eight ways: rows become columns first, then the picture is mirrored.
struct Orientation {
  bool is_transposed = false;
  bool flips_x = false;  ///< Left and right change places
  bool flips_y = false;  ///< Top and bottom change places

  bool is_upright() const { return *this == Orientation{}; }
  bool operator==(const Orientation&) const = default;
};

/// What the values 1 to 8 of EXIF's tag 0x0112 ask for; others leave the picture as it is.
Orientation ExifOrientation(int value);

/// "turned by 90 degrees", clockwise, "mirrored and turned by 270 degrees", ... or "upright".
std::string Describe(const Orientation& orientation);

/// Writes `source` upright into `target`, which has its format, its range and, where the
/// orientation transposes, its sizes swapped; they do not overlap. Chroma of kYuv420 moves as whole
/// samples, which is exact where the sides that are mirrored are even.
void Turn(ConstPictureView source, const Orientation& orientation, PictureView target);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_IMAGE_ORIENTATION_H_
