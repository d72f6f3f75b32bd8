// Transparency of decoded pictures.
#ifndef MOUTHPIECE_MEDIA_ALPHA_PLANE_H_
#define MOUTHPIECE_MEDIA_ALPHA_PLANE_H_

#include "image/image.h"
#include "media/ffmpeg.h"

namespace mouthpiece::media {

/// Alpha of a picture of any pixel format, in 8 bits; 255 everywhere for those without. `target`
/// has its size.
void CopyAlpha(const AVFrame& frame, const Plane& target);

}  // namespace mouthpiece::media

#endif  // MOUTHPIECE_MEDIA_ALPHA_PLANE_H_
