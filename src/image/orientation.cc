#include "image/orientation.h"

#include <algorithm>
#include <array>

namespace mouthpiece {
namespace {

// Of a plane that is transposed, so many samples each way stay in the nearest cache.
constexpr int kBlock = 32;

void TurnPlane(const ConstPlane& source, const Orientation& turn, const Plane& target) {
  for (int top = 0; top < target.height; top += kBlock) {
    for (int left = 0; left < target.width; left += kBlock) {
      const int bottom = std::min(top + kBlock, target.height);
      const int right = std::min(left + kBlock, target.width);
      for (int y = top; y < bottom; ++y) {
        const int from_y = turn.flips_y ? target.height - 1 - y : y;
        uint8_t* const row = target.row(y);
        for (int x = left; x < right; ++x) {
          const int from_x = turn.flips_x ? target.width - 1 - x : x;
          row[x] = turn.is_transposed ? source.row(from_x)[from_y] : source.row(from_y)[from_x];
        }
      }
    }
  }
}

}  // namespace

Orientation ExifOrientation(int value) {
  constexpr std::array<Orientation, 9> kOrientations{{{false, false, false},
                                                      {false, false, false},
                                                      {false, true, false},
                                                      {false, true, true},
                                                      {false, false, true},
                                                      {true, false, false},
                                                      {true, true, false},
                                                      {true, true, true},
                                                      {true, false, true}}};
  return value >= 1 && value <= 8 ? kOrientations[static_cast<size_t>(value)] : Orientation{};
}

std::string Describe(const Orientation& orientation) {
  if (orientation.is_upright()) return "upright";
  if (!orientation.is_transposed) {
    if (orientation.flips_x && orientation.flips_y) return "turned by 180 degrees";
    return orientation.flips_x ? "mirrored left to right" : "mirrored top to bottom";
  }
  if (orientation.flips_x == orientation.flips_y) {
    return std::string("mirrored and turned by ") + (orientation.flips_x ? "90" : "270") +
           " degrees";
  }
  return orientation.flips_x ? "turned by 90 degrees" : "turned by 270 degrees";
}

void Turn(ConstPictureView source, const Orientation& orientation, PictureView target) {
  for (int p = 0; p < 3; ++p) TurnPlane(source.planes[p], orientation, target.planes[p]);
}

}  // namespace mouthpiece
