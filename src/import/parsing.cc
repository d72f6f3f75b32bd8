#include "import/parsing.h"

namespace mouthpiece {

namespace {

/// Whether the pixel x of a row is exactly red or white.
bool IsKept(const uint8_t* b, const uint8_t* g, const uint8_t* r, int x) {
  return r[x] == 255 && b[x] == g[x] && (b[x] == 0 || b[x] == 255);
}

}  // namespace

bool HasMarks(ConstPictureView parsing) {
  for (int y = 0; y < parsing.height(); ++y) {
    const uint8_t* b = parsing.planes[0].row(y);
    const uint8_t* g = parsing.planes[1].row(y);
    const uint8_t* r = parsing.planes[2].row(y);
    for (int x = 0; x < parsing.width(); ++x) {
      if (IsKept(b, g, r, x)) return true;
    }
  }
  return false;
}

bool AppendKeptSpans(ConstPictureView parsing, int frame, const Rect& rect,
                     std::vector<KeptSpan>& spans) {
  const size_t before = spans.size();
  for (int y = rect.y1; y < rect.y2; ++y) {
    const uint8_t* b = parsing.planes[0].row(y);
    const uint8_t* g = parsing.planes[1].row(y);
    const uint8_t* r = parsing.planes[2].row(y);
    for (int x = rect.x1; x < rect.x2; ++x) {
      if (!IsKept(b, g, r, x)) continue;
      const int first = x;
      while (x < rect.x2 && IsKept(b, g, r, x)) ++x;
      spans.push_back({frame, y, first, x});
    }
  }
  return spans.size() > before;
}

}  // namespace mouthpiece
