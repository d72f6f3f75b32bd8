// From a picture of a rectangle alone into the frame.
#ifndef MOUTHPIECE_COMPOSE_RECTANGLE_H_
#define MOUTHPIECE_COMPOSE_RECTANGLE_H_

#include "image/image.h"
#include "image/kept_pixels.h"
#include "image/tone_curve.h"
#include "mouthpiece/types.h"

namespace mouthpiece {

/// Maps what was composited to the standard range, for frames that were mapped themselves.
/// Not thread-safe.
class RectangleMap {
 public:
  explicit RectangleMap(DynamicRange mapped_range) : mapped_range_(mapped_range) {}

  /// In place, of the samples of `rect` (CoveredSamples), which `made` holds in the coordinates of
  /// PlaneAtRuns. Nothing for DynamicRange::kStandard.
  void Apply(const PictureView& made, const Rect& rect);

 private:
  const DynamicRange mapped_range_;
  CodeTables codes_;  ///< Empty until something is mapped
};

/// Copies the samples of `rect` that nothing of `kept` holds from `made`, whose first sample is the
/// one that the runs' coordinates count from, to `frame`.
void CopyRectangle(const PictureView& made, const Rect& rect, const KeptRuns& kept,
                   PictureView frame);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_COMPOSE_RECTANGLE_H_
