// A frame of the avatar and the face in it.
#ifndef MOUTHPIECE_IMAGE_SOURCE_FRAME_H_
#define MOUTHPIECE_IMAGE_SOURCE_FRAME_H_

#include "image/frame.h"
#include "image/image.h"
#include "image/kept_pixels.h"
#include "image/ring.h"

namespace mouthpiece {

/// The face of one avatar frame: what the network sees and the border that stays visible.
struct Face {
  ConstPictureView roi;     ///< kYuv420 or kBgrPlanar, inner x inner
  ConstPictureView masked;  ///< The same with the lower face blacked out
  RingView ring;
};

/// One avatar frame ready to be composited into. `face` is valid while `frame` is held.
struct SourceFrame {
  Frame frame;
  Face face;
  KeptRuns kept;  ///< What of the rectangle stays as it is; set by whoever composites
};

}  // namespace mouthpiece

#endif  // MOUTHPIECE_IMAGE_SOURCE_FRAME_H_
