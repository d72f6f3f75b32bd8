// The compositor's working memory.
#ifndef MOUTHPIECE_COMPOSE_ROW_BUFFERS_H_
#define MOUTHPIECE_COMPOSE_ROW_BUFFERS_H_

#include <cstddef>
#include <cstdint>

#include "compose/rect_tables.h"
#include "image/image.h"
#include "image/ring.h"

namespace mouthpiece {

/// Buffers of a few rows, reused from frame to frame; grown by Reserve. All start on a vector's
/// boundary, except the sides.
class RowBuffers {
 public:
  explicit RowBuffers(FaceGeometry geometry);
  /// Makes room for rectangles of `columns` columns, padded to whole vectors.
  void Reserve(int columns);

  /// One blended crop row of a channel: kRowOffset + crop + kRowSlack samples.
  int16_t* blended(int channel) const {
    return reinterpret_cast<int16_t*>(blended_ + channel * blended_bytes_);
  }
  /// The left and right margins of one crop row, 2 * margin samples.
  uint8_t* sides(int channel, int y) const {
    return sides_ + (channel * geometry_.crop + y) * 2 * geometry_.margin();
  }
  /// A float prediction's row as 8 bits; rows four apart share a buffer.
  uint8_t* quantized(int channel, int y) const {
    return quantized_ + (channel * 4 + y % 4) * quantized_bytes_;
  }
  /// B, luma and R (in this order) of the upper row of a chroma block, value * 2^7.
  int16_t* upper(int which) const {
    return reinterpret_cast<int16_t*>(by_columns_.data()) + which * columns_;
  }
  /// Finished samples of a row of plane 0, 1, 2.
  uint8_t* output(int plane) const {
    return by_columns_.data() +
           (3 * sizeof(int16_t) + static_cast<size_t>(plane)) * static_cast<size_t>(columns_);
  }

 private:
  FaceGeometry geometry_;
  ptrdiff_t blended_bytes_;
  ptrdiff_t quantized_bytes_;
  ptrdiff_t columns_ = 0;
  AlignedBytes fixed_;
  AlignedBytes by_columns_;
  uint8_t* blended_;
  uint8_t* quantized_;
  uint8_t* sides_;
};

}  // namespace mouthpiece

#endif  // MOUTHPIECE_COMPOSE_ROW_BUFFERS_H_
