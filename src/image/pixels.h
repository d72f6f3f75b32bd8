// Pictures as the interleaved pixels that other libraries work on.
#ifndef MOUTHPIECE_IMAGE_PIXELS_H_
#define MOUTHPIECE_IMAGE_PIXELS_H_

#include <cstdint>

#include "image/color_matrix.h"
#include "image/image.h"
#include "mouthpiece/types.h"

namespace mouthpiece {

/// Converts `source` (kYuv420, any size, either range) as YuvToBgr does, to rows of 3 * width bytes
/// without padding. Allocates some rows; SIMD, dispatched at run time.
void YuvToPixels(ConstPictureView source, PixelOrder order, uint8_t* pixels,
                 YuvMatrix matrix = YuvMatrix::kBt601);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_IMAGE_PIXELS_H_
