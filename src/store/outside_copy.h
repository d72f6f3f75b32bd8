// Copying a frame while another thread may be writing its rectangle.
#ifndef MOUTHPIECE_STORE_OUTSIDE_COPY_H_
#define MOUTHPIECE_STORE_OUTSIDE_COPY_H_

#include "image/image.h"
#include "mouthpiece/geometry.h"

namespace mouthpiece {

/// Copies every sample of `source` (kYuv420) that a compositor of `rect` leaves alone: luma
/// outside `rect`, chroma of blocks that do not touch it. The rest is neither read nor written.
void CopyOutside(ConstPictureView source, const Rect& rect, PictureView target);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_STORE_OUTSIDE_COPY_H_
