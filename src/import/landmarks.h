// Where a training folder's landmarks put the face square.
#ifndef MOUTHPIECE_IMPORT_LANDMARKS_H_
#define MOUTHPIECE_IMPORT_LANDMARKS_H_

#include <filesystem>

#include "mouthpiece/types.h"

namespace mouthpiece {

/// Landmarks of a file: lines "x y".
inline constexpr int kLandmarks = 110;

/// The face square from the landmarks in `path`, numbers truncated to whole pixels: x from landmark
/// 1 to landmark 31, y from landmark 52 on, as high as wide. It is not empty and lies inside a
/// frame of `width` x `height`. Throws Error (kBadMedia) naming the file, and the line where one is
/// wrong.
Rect ReadFaceSquare(const std::filesystem::path& path, int width, int height);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_IMPORT_LANDMARKS_H_
