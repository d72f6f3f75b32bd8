// Checksums of pictures: what the output hash: writes.
#ifndef MOUTHPIECE_MEDIA_FRAME_HASH_H_
#define MOUTHPIECE_MEDIA_FRAME_HASH_H_

#include <string>

#include "image/image.h"

namespace mouthpiece {

/// MD5 of the picture's samples, plane by plane (Y, U, V) and row by row, without the padding of
/// rows, as 32 hexadecimal digits. Equals what `ffmpeg -f framemd5` says of a yuv420p frame.
std::string FrameMd5(ConstPictureView picture);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_MEDIA_FRAME_HASH_H_
