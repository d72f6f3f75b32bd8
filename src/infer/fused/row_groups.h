// How a block is cut into groups of rows.
#ifndef MOUTHPIECE_INFER_FUSED_ROW_GROUPS_H_
#define MOUTHPIECE_INFER_FUSED_ROW_GROUPS_H_

#include <algorithm>

#include "infer/fused/plan.h"

namespace mouthpiece::fused {

/// Pixels that are enough for a product.
inline constexpr int kFewPixels = 64;

/// Rows that one product covers: one where a row is long, more where it is short, so that a product
/// has enough pixels to be worth its weights.
inline int RowsOfGroup(int height, int width) {
  constexpr int kWholePictures = 256;
  if (height * width <= kWholePictures) return height;
  return std::clamp(DivideUp(kFewPixels, width), 1, height);
}

/// Rows of the expanded tensor come group by group into a ring of slots, each as long as the
/// depthwise convolution needs it for a group of output rows.
struct RowGroups {
  explicit RowGroups(const Step& step)
      : input_rows(RowsOfGroup(step.expanded.height, step.expanded.width)),
        output_rows(RowsOfGroup(step.extent.height, step.extent.width)),
        slot_pixels(RoundUp(input_rows * step.expanded.width, kMarginPixels)),
        output_pixels(RoundUp(output_rows * step.extent.width, kMarginPixels)) {
    const int span = (output_rows - 1) * step.depthwise->stride_y + 3;
    const int groups = DivideUp(step.expanded.height, input_rows);
    slots = std::min(DivideUp(span - 1, input_rows) + 1, groups);
  }

  int input_rows;
  int output_rows;
  int slots = 0;
  int slot_pixels;    ///< Of one slot, with what a product writes beyond
  int output_pixels;  ///< Of a group of output rows, likewise
};

/// Where row y of a doubled picture lies among the rows of the picture: at
/// y * (height - 1) / (2 * height - 1), corners aligned.
struct DoubledRow {
  DoubledRow(int y, int height) {
    const int last = 2 * height - 1;
    const int rest = y * (height - 1) % last;
    upper = y * (height - 1) / last;
    lower = rest == 0 ? upper : upper + 1;
    lower_weight = static_cast<float>(rest) / static_cast<float>(last);
  }

  int upper;
  int lower;
  float lower_weight;
};

/// Rows of a source's product before it is doubled come group by group into two slots: a doubled
/// row lies between two rows of one group, or of one and the next.
struct CoarseGroups {
  explicit CoarseGroups(const Source& doubled)
      : height(doubled.extent.height / 2),
        width(doubled.extent.width / 2),
        rows(RowsOfGroup(height, width)),
        pixels(RoundUp(rows * width, kMarginPixels)) {}

  int height;  ///< Of the picture that is doubled
  int width;
  int rows;    ///< Of a group
  int pixels;  ///< Of a slot
};

/// Rows of a source's tensor that rows up to `end`, at least one, of what a step sees of it need.
inline int RowsBefore(const Source& source, int end) {
  if (source.kind != SourceKind::kUpsampled) return end;
  const CoarseGroups groups(source);
  const int last = DoubledRow(end - 1, groups.height).lower;
  return std::min(RoundUp(last + 1, groups.rows), groups.height);
}

}  // namespace mouthpiece::fused

#endif  // MOUTHPIECE_INFER_FUSED_ROW_GROUPS_H_
