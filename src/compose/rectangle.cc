#include "compose/rectangle.h"

#include <cstring>
#include <vector>

namespace mouthpiece {

void RectangleMap::Apply(const PictureView& made, const Rect& rect) {
  if (mapped_range_ == DynamicRange::kStandard) return;
  if (codes_.luma.empty()) codes_ = MakeCodeTables(mapped_range_, 8, made.range);
  for (int p = 0; p < 3; ++p) {
    const std::vector<uint8_t>& table = p == 0 ? codes_.luma : codes_.chroma;
    const Plane plane = PlaneAtRuns(made, rect, p);
    ForEachGap({}, CoveredSamples(rect, p), [&](int row, int begin, int end) {
      uint8_t* const samples = plane.row(row);
      for (int x = begin; x < end; ++x) samples[x] = table[samples[x]];
    });
  }
}

void CopyRectangle(const PictureView& made, const Rect& rect, const KeptRuns& kept,
                   PictureView frame) {
  for (int p = 0; p < 3; ++p) {
    const Plane target = PlaneAtRuns(frame, rect, p);
    ForEachGap(kept.of(p), CoveredSamples(rect, p), [&](int row, int begin, int end) {
      std::memcpy(target.row(row) + begin, made.planes[p].row(row) + begin,
                  static_cast<size_t>(end - begin));
    });
  }
}

}  // namespace mouthpiece
