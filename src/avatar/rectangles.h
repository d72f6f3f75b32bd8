// crop_rectangles.json: where the face lies in each frame.
#ifndef MOUTHPIECE_AVATAR_RECTANGLES_H_
#define MOUTHPIECE_AVATAR_RECTANGLES_H_

#include <filesystem>
#include <span>
#include <vector>

#include "mouthpiece/types.h"

namespace mouthpiece {

/// Reads {"0": {"rect": [x1, y1, x2, y2], ...}, ...} or [[x1, y1, x2, y2], ...]; in the first form
/// every frame number from 0 to the last must be there. Rectangles are not empty and start at 0 or
/// more. Paths in the file are ignored. Throws Error (kBadMedia) naming file and frame.
std::vector<Rect> ReadRectangles(const std::filesystem::path& path);

/// Throws Error (kBadMedia) naming the first frame whose rectangle is not inside width x height.
void CheckRectanglesInside(const std::filesystem::path& path, std::span<const Rect> rectangles,
                           int width, int height);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_AVATAR_RECTANGLES_H_
