// The SIMD pass behind Compositor.
#ifndef MOUTHPIECE_COMPOSE_COMPOSITE_KERNEL_H_
#define MOUTHPIECE_COMPOSE_COMPOSITE_KERNEL_H_

#include <cstdint>

#include "compose/compositor.h"
#include "compose/rect_tables.h"
#include "image/image.h"

namespace mouthpiece {

/// Buffers of a few rows, reused from frame to frame; grown by Reserve.
class RowBuffers {
 public:
  explicit RowBuffers(FaceGeometry geometry);
  /// Makes room for rectangles of `columns` columns (padded to whole vectors).
  void Reserve(int columns);

  /// One blended crop row of a channel: kRowOffset + crop + kRowSlack samples.
  int16_t* blended(int channel) const;
  /// The left and right margins of one crop row, 2 * margin samples.
  uint8_t* sides(int channel, int y) const;
  /// A float prediction's row as 8 bits; the rows of one residue modulo 4 share a buffer.
  uint8_t* quantized(int channel, int y) const;
  /// B, luma and R (in this order) of the upper row of a chroma block, value * 2^7.
  int16_t* upper(int which) const;
  /// Finished samples of a row of plane 0, 1, 2.
  uint8_t* output(int plane) const;

 private:
  FaceGeometry geometry_;
  size_t columns_ = 0;
  AlignedBytes fixed_;
  AlignedBytes by_columns_;
};

struct CompositeJob {
  const Prediction& prediction;
  const RingView& ring;
  const Rect& rect;
  const RectTables& tables;
  const RowBuffers& buffers;
  const PictureView& frame;
};

struct CompositeKernel {
  void (*run)(const CompositeJob& job) = nullptr;
  int lanes = 0;  ///< Of the tables it takes.
};

/// The kernel for this machine.
CompositeKernel ChooseCompositeKernel(Resample resample);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_COMPOSE_COMPOSITE_KERNEL_H_
