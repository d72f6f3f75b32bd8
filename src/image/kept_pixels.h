// Pixels inside face rectangles that stay as they were filmed: a hand before the mouth, a collar.
#ifndef MOUTHPIECE_IMAGE_KEPT_PIXELS_H_
#define MOUTHPIECE_IMAGE_KEPT_PIXELS_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "image/image.h"
#include "mouthpiece/types.h"

namespace mouthpiece {

/// Samples [begin, end) of one row of a plane.
struct SampleRun {
  int16_t row = 0;
  int16_t begin = 0;
  int16_t end = 0;
  bool operator==(const SampleRun&) const = default;
};

/// What is kept of one frame, ascending by row and begin; runs of a row neither touch nor overlap.
/// Coordinates count from the first chroma block that the rectangle touches, so that they hold in
/// any part of the frame whose origin is even.
///
/// A chroma sample is kept when every pixel of its block that lies in the rectangle is.
struct KeptRuns {
  std::span<const SampleRun> luma;
  std::span<const SampleRun> chroma;

  bool empty() const { return luma.empty(); }
  std::span<const SampleRun> of(int plane) const { return plane == 0 ? luma : chroma; }
};

/// The kept pixels of an avatar's frames, at six bytes a run.
class KeptPixels {
 public:
  /// Pixels [x1, x2) of row `y` of the full frame.
  struct Span {
    int y = 0;
    int x1 = 0;
    int x2 = 0;
  };

  /// Appends the next frame. `spans` lie inside `rect`, ascending by y and x1, without overlap.
  void Append(const Rect& rect, std::span<const Span> spans);

  bool empty() const { return luma_.empty(); }
  /// Nothing for frames that were not appended.
  KeptRuns Of(int frame) const;

 private:
  struct Ends {
    size_t luma = 0;
    size_t chroma = 0;
  };

  std::vector<SampleRun> luma_;
  std::vector<SampleRun> chroma_;
  std::vector<Ends> ends_;  ///< By frame
};

/// The samples of plane `plane` that a compositor of `rect` covers, in coordinates of the runs.
Rect CoveredSamples(const Rect& rect, int plane);

/// The samples of plane `plane` of a 4:2:0 frame from which the runs' coordinates count.
Plane PlaneAtRuns(const PictureView& frame, const Rect& rect, int plane);

/// Calls visit(row, begin, end) for all samples of `area` that no run holds, row by row.
template <typename Visit>
void ForEachGap(std::span<const SampleRun> runs, const Rect& area, Visit visit) {
  auto run = runs.begin();
  for (int row = area.y1; row < area.y2; ++row) {
    int begin = area.x1;
    for (; run != runs.end() && run->row == row; ++run) {
      if (begin < run->begin) visit(row, begin, int{run->begin});
      begin = run->end;
    }
    if (begin < area.x2) visit(row, begin, area.x2);
  }
}

}  // namespace mouthpiece

#endif  // MOUTHPIECE_IMAGE_KEPT_PIXELS_H_
