// The SIMD pass behind Compositor.
#ifndef MOUTHPIECE_COMPOSE_COMPOSITE_KERNEL_H_
#define MOUTHPIECE_COMPOSE_COMPOSITE_KERNEL_H_

#include <cstdint>

#include "compose/compositor.h"
#include "compose/rect_tables.h"
#include "compose/row_buffers.h"
#include "image/image.h"

namespace mouthpiece {

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
