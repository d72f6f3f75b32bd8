#include "image/kept_pixels.h"

#include <algorithm>

namespace mouthpiece {
namespace {

/// The corner from which runs count: the first pixel of the rectangle's first chroma block.
int EvenOf(int coordinate) { return coordinate / 2 * 2; }

/// A row of marks: appends a run for each stretch of ones in [begin, end).
void AppendRuns(const std::vector<uint8_t>& marks, int row, int begin, int end,
                std::vector<SampleRun>& runs) {
  for (int x = begin; x < end; ++x) {
    if (marks[static_cast<size_t>(x)] == 0) continue;
    const int first = x;
    while (x < end && marks[static_cast<size_t>(x)] != 0) ++x;
    runs.push_back(
        {static_cast<int16_t>(row), static_cast<int16_t>(first), static_cast<int16_t>(x)});
  }
}

}  // namespace

void KeptPixels::Append(const Rect& rect, std::span<const Span> spans) {
  if (!spans.empty()) {
    const Rect area = CoveredSamples(rect, 0);
    const Rect chroma = CoveredSamples(rect, 1);
    // What lies beside the rectangle keeps no chroma sample from being kept.
    std::vector<uint8_t> rows[2];
    std::vector<uint8_t> blocks(static_cast<size_t>(chroma.x2));
    auto span = spans.begin();
    while (span != spans.end()) {  // where there is none nothing is kept
      const int block_y = (span->y - EvenOf(rect.y1)) / 2;
      for (int k = 0; k < 2; ++k) {
        const int y = 2 * block_y + k;
        const bool is_inside = y >= area.y1 && y < area.y2;
        std::vector<uint8_t>& marks = rows[k];
        marks.assign(static_cast<size_t>(2 * chroma.x2), 1);
        if (!is_inside) continue;
        std::fill(marks.begin() + area.x1, marks.begin() + area.x2, uint8_t{0});
        for (; span != spans.end() && span->y == EvenOf(rect.y1) + y; ++span) {
          std::fill(marks.begin() + (span->x1 - EvenOf(rect.x1)),
                    marks.begin() + (span->x2 - EvenOf(rect.x1)), uint8_t{1});
        }
        AppendRuns(marks, y, area.x1, area.x2, luma_);
      }
      for (size_t x = 0; x < blocks.size(); ++x) {
        blocks[x] = rows[0][2 * x] & rows[0][2 * x + 1] & rows[1][2 * x] & rows[1][2 * x + 1];
      }
      AppendRuns(blocks, block_y, 0, chroma.x2, chroma_);
    }
  }
  ends_.push_back({luma_.size(), chroma_.size()});
}

KeptRuns KeptPixels::Of(int frame) const {
  if (frame < 0 || static_cast<size_t>(frame) >= ends_.size()) return {};
  const Ends end = ends_[static_cast<size_t>(frame)];
  const Ends begin = frame == 0 ? Ends{} : ends_[static_cast<size_t>(frame) - 1];
  return {std::span(luma_).subspan(begin.luma, end.luma - begin.luma),
          std::span(chroma_).subspan(begin.chroma, end.chroma - begin.chroma)};
}

Rect CoveredSamples(const Rect& rect, int plane) {
  const int x = EvenOf(rect.x1);
  const int y = EvenOf(rect.y1);
  if (plane == 0) return {rect.x1 - x, rect.y1 - y, rect.x2 - x, rect.y2 - y};
  return {0, 0, (rect.x2 - x + 1) / 2, (rect.y2 - y + 1) / 2};
}

Plane PlaneAtRuns(const PictureView& frame, const Rect& rect, int plane) {
  const Plane& whole = frame.planes[plane];
  const Rect covered = CoveredSamples(rect, plane);
  const int x = plane == 0 ? EvenOf(rect.x1) : rect.x1 / 2;
  const int y = plane == 0 ? EvenOf(rect.y1) : rect.y1 / 2;
  return {whole.row(y) + x, whole.stride, covered.x2, covered.y2};
}

}  // namespace mouthpiece
