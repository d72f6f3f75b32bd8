// Conversion between YUV 4:2:0 and B, G, R, as the field's Python code does it with OpenCV.
#ifndef MOUTHPIECE_IMAGE_COLOR_H_
#define MOUTHPIECE_IMAGE_COLOR_H_

#include "image/color_matrix.h"
#include "image/image.h"

namespace mouthpiece {

/// Converts `source` (kYuv420, any size, either range) to `target` (kBgrPlanar, same size). BT.601
/// is what networks see, whatever the source's tags say: limited range follows, bit for bit, the
/// fixed-point arithmetic of OpenCV's VideoCapture (formats: "Bit-exact model"); full range is the
/// JFIF conversion, rounded (its factors have 14 fractional bits). Of the other matrices luma and
/// what chroma adds are rounded to whole values each. Chroma is taken from the nearest sample.
/// SIMD, dispatched at run time.
void YuvToBgr(ConstPictureView source, PictureView target, YuvMatrix matrix = YuvMatrix::kBt601);

/// The same result, written for clarity: the truth YuvToBgr is tested against.
void YuvToBgrReference(ConstPictureView source, PictureView target,
                       YuvMatrix matrix = YuvMatrix::kBt601);

/// Converts `source` (kBgrPlanar) to `target` (kYuv420 of target.range), BT.601; chroma is the
/// mean of each 2x2 block. For sources that are not YUV; not on the rendering path.
void BgrToYuv(ConstPictureView source, PictureView target);

/// Maps luma and chroma of a kYuv420 picture from limited to full range (rounded, clamped).
/// Target has the same size and range kFull; it may be the source.
/// SIMD, dispatched at run time.
void LimitedToFull(ConstPictureView source, PictureView target);

/// The same result, written for clarity.
void LimitedToFullReference(ConstPictureView source, PictureView target);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_IMAGE_COLOR_H_
