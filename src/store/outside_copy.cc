#include "store/outside_copy.h"

#include <cstring>

namespace mouthpiece {
namespace {

void CopyRow(const ConstPlane& source, const Plane& target, int y, int begin, int end) {
  if (begin < end) {
    std::memcpy(target.row(y) + begin, source.row(y) + begin, static_cast<size_t>(end - begin));
  }
}

void CopyPlaneOutside(const ConstPlane& source, const Rect& rect, const Plane& target) {
  for (int y = 0; y < source.height; ++y) {
    if (y < rect.y1 || y >= rect.y2) {
      CopyRow(source, target, y, 0, source.width);
    } else {
      CopyRow(source, target, y, 0, rect.x1);
      CopyRow(source, target, y, rect.x2, source.width);
    }
  }
}

}  // namespace

void CopyOutside(PictureView source, const Rect& rect, const KeptRuns& kept, PictureView target) {
  const Rect chroma{rect.x1 / 2, rect.y1 / 2, (rect.x2 + 1) / 2, (rect.y2 + 1) / 2};
  CopyPlaneOutside(source.planes[0], rect, target.planes[0]);
  CopyPlaneOutside(source.planes[1], chroma, target.planes[1]);
  CopyPlaneOutside(source.planes[2], chroma, target.planes[2]);
  for (int p = 0; p < 3; ++p) {
    const Plane from = PlaneAtRuns(source, rect, p);
    const Plane to = PlaneAtRuns(target, rect, p);
    for (const SampleRun& run : kept.of(p)) CopyRow(from, to, run.row, run.begin, run.end);
  }
}

}  // namespace mouthpiece
