// Puts the network's mouth into a frame's own planes.
#ifndef MOUTHPIECE_COMPOSE_COMPOSITOR_H_
#define MOUTHPIECE_COMPOSE_COMPOSITOR_H_

#include <cstdint>
#include <memory>

#include "image/image.h"
#include "image/kept_pixels.h"
#include "image/ring.h"
#include "image/tone_curve.h"
#include "mouthpiece/types.h"

namespace mouthpiece {

/// The network's output for one frame: three planes B, G, R of `inner` x `inner` samples without
/// padding. Exactly one of the pointers is set: 8-bit, or float in [0,1] (truncated to 8 bits as
/// uint8(x * 255) does; values outside are clamped, NaN counts as 0).
struct Prediction {
  const uint8_t* u8 = nullptr;
  const float* f32 = nullptr;
};

/// Composites one frame in place: the crop (prediction inside, ring around it) is resized to
/// `rect` and converted to the frame's YUV (BT.601, the frame's range). Every luma sample in the
/// rectangle and every chroma sample whose 2x2 block touches it is overwritten, nothing else is
/// written. A chroma sample is the mean over the pixels of its block that lie in the rectangle.
/// Kept samples are never written, not even for a moment, so that others may read them meanwhile.
///
/// In a frame that was mapped from a high dynamic range the rectangle is mapped too, from 8 bits:
/// crops are made of frames that nobody mapped.
///
/// Not thread-safe: one Compositor a thread. It keeps resize tables and row buffers, so that
/// calls do not allocate once each rectangle size was seen.
class Compositor {
 public:
  Compositor(FaceGeometry geometry, Resample resample,
             DynamicRange mapped_range = DynamicRange::kStandard);
  ~Compositor();

  /// `rect` is not empty and lies inside `frame` (kYuv420). `ring` has this geometry. `kept` is of
  /// this frame.
  void Composite(const Prediction& prediction, const RingView& ring, const Rect& rect,
                 PictureView frame, const KeptRuns& kept = {});

 private:
  struct Tables;
  std::unique_ptr<Tables> tables_;
};

/// The same, one step after the other, written for clarity: the truth the Compositor is tested
/// against (tolerance: luma 1, chroma 1).
void CompositeReference(const Prediction& prediction, const RingView& ring, const Rect& rect,
                        Resample resample, PictureView frame);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_COMPOSE_COMPOSITOR_H_
