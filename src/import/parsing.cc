#include "import/parsing.h"

namespace mouthpiece {

bool AppendKeptSpans(ConstPictureView parsing, int frame, const Rect& rect,
                     std::vector<KeptSpan>& spans) {
  const size_t before = spans.size();
  for (int y = rect.y1; y < rect.y2; ++y) {
    const uint8_t* b = parsing.planes[0].row(y);
    const uint8_t* g = parsing.planes[1].row(y);
    const uint8_t* r = parsing.planes[2].row(y);
    const auto is_kept = [&](int x) {
      return r[x] == 255 && b[x] == g[x] && (b[x] == 0 || b[x] == 255);
    };
    for (int x = rect.x1; x < rect.x2; ++x) {
      if (!is_kept(x)) continue;
      const int first = x;
      while (x < rect.x2 && is_kept(x)) ++x;
      spans.push_back({frame, y, first, x});
    }
  }
  return spans.size() > before;
}

}  // namespace mouthpiece
