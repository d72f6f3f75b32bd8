// Copying a frame while another thread may be writing its rectangle.
#ifndef MOUTHPIECE_STORE_OUTSIDE_COPY_H_
#define MOUTHPIECE_STORE_OUTSIDE_COPY_H_

#include "image/image.h"
#include "image/kept_pixels.h"
#include "mouthpiece/types.h"

namespace mouthpiece {

/// Copies every sample of `source` (kYuv420) that a compositor of `rect` leaves alone: luma
/// outside `rect`, chroma of blocks that do not touch it, and what is `kept` of this frame inside.
/// The rest is neither read nor written.
void CopyOutside(PictureView source, const Rect& rect, const KeptRuns& kept, PictureView target);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_STORE_OUTSIDE_COPY_H_
