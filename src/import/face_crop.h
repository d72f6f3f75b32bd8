// What the network sees of a frame.
#ifndef MOUTHPIECE_IMPORT_FACE_CROP_H_
#define MOUTHPIECE_IMPORT_FACE_CROP_H_

#include <vector>

#include "image/image.h"
#include "image/ring.h"
#include "mouthpiece/types.h"

namespace mouthpiece {

/// What the mask covers of the inner square.
inline constexpr Rect kMouthMask{5, 5, 315, 310};

/// Enlarges or shrinks the face square of `frame` (kBgrPlanar) to `crop` (kBgrPlanar, square) with
/// bicubic interpolation, a = -0.75, pixel centres at half positions, as OpenCV's INTER_CUBIC does
/// it; values may differ by one from its fixed-point arithmetic. Keeps its buffers. Not
/// thread-safe.
class FaceCropper {
 public:
  void Crop(ConstPictureView frame, const Rect& rect, PictureView crop);

 private:
  std::vector<float> rows_;  ///< The square's rows, resized to the crop's width
};

/// The inner square of a crop, a view of it.
PictureView InnerOf(PictureView crop, FaceGeometry geometry);

/// Copies `inner` with the mask black.
void CopyMasked(ConstPictureView inner, PictureView target);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_IMPORT_FACE_CROP_H_
