#include "image/ring.h"

#include <cstring>

namespace mouthpiece {

void ExtractRing(ConstPictureView crop, FaceGeometry geometry, uint8_t* ring) {
  const int m = geometry.margin();
  const auto copy = [&ring](const uint8_t* from, int count) {
    std::memcpy(ring, from, static_cast<size_t>(count));
    ring += count;
  };
  for (const ConstPlane& plane : crop.planes) {
    for (int y = 0; y < m; ++y) copy(plane.row(y), geometry.crop);
    for (int y = geometry.crop - m; y < geometry.crop; ++y) copy(plane.row(y), geometry.crop);
    for (int y = m; y < geometry.crop - m; ++y) {
      copy(plane.row(y), m);
      copy(plane.row(y) + geometry.crop - m, m);
    }
  }
}

}  // namespace mouthpiece
