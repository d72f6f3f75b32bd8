// Everything about one rectangle size that the fast compositor computes once.
#ifndef MOUTHPIECE_COMPOSE_RECT_TABLES_H_
#define MOUTHPIECE_COMPOSE_RECT_TABLES_H_

#include <array>
#include <cstdint>
#include <vector>

#include "mouthpiece/types.h"

namespace mouthpiece {

/// Fixed-point formats. Linear: rows hold value * 2^7, row weights are Q15 (of the second row).
/// Cubic: rows hold value * 2^6, because it overshoots; row weights are Q14. Column weights: Q14.
constexpr int kColumnWeightBits = 14;

/// Row buffers hold `kRowOffset` samples before the crop's first (the last ones repeat it), so
/// that the inner square of a crop with margin 4 starts on a 64-byte boundary.
constexpr int kRowOffset = 28;
/// Samples after the crop's last that loads may reach.
constexpr int kRowSlack = 48;

/// Crop rows first .. first + taps - 1, clamped to the crop, make one row of the rectangle.
struct RowTaps {
  int first = 0;
  std::array<int16_t, 4> weights{};  ///< Linear uses only weights[1].
};

/// Size of a rectangle, and whether its first column is the second one of a chroma block.
struct RectShape {
  int width = 0;
  int height = 0;
  bool odd_x = false;
  bool operator==(const RectShape&) const = default;
};

/// Resize tables of one RectShape. Columns are extended to whole chroma blocks by repeating the
/// rectangle's first and last column, which leaves the mean of a partly covered block right.
///
/// Columns are computed `lanes` at a time from pairs of adjacent samples, in two steps of lanes/2
/// whose results are packed to 16 bits, 128-bit block by 128-bit block in turn: the first step
/// makes the even blocks of four columns, the second one the odd blocks. All tables are in that
/// order and padded to whole steps with columns of weight 0.
struct RectTables {
  RectShape shape;
  int lanes = 0;       ///< 16-bit lanes of the kernel's vectors
  int columns = 0;     ///< Extended, even
  int vectors = 0;     ///< ceil(columns / lanes)
  bool dense = false;  ///< Each block's pairs lie within eight samples: shuffle, else gather

  std::vector<RowTaps> rows;             ///< One a row of the rectangle
  std::vector<int32_t> block_offsets;    ///< Dense: first sample of each block of four columns
  std::vector<uint8_t> shuffles;         ///< Dense: 16 a block, of the bytes from there on
  std::vector<int32_t> byte_offsets;     ///< Sparse: one a column, from the row buffer's start
  std::vector<int16_t> pair_weights[2];  ///< Two a column; [1]: the second pair of cubic
};

/// `lanes` is a multiple of 8. `crop` is the side of the square that is resized.
RectTables MakeRectTables(const RectShape& shape, int crop, Resample resample, int lanes);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_COMPOSE_RECT_TABLES_H_
