// Baseline JPEG from YUV 4:2:0 planes, through libjpeg.
#ifndef MOUTHPIECE_SINK_JPEG_ENCODER_H_
#define MOUTHPIECE_SINK_JPEG_ENCODER_H_

#include <cstdint>
#include <memory>
#include <span>

#include "image/image.h"

namespace mouthpiece {

/// Encodes pictures of one size as they are, without conversion or resampling: libjpeg's integer
/// DCT (the accurate one, so that files equal those of other users of the library), the standard
/// Huffman tables. Not thread-safe: one a thread.
class JpegEncoder {
 public:
  JpegEncoder(int width, int height, int quality);
  ~JpegEncoder();

  /// `picture` is kYuv420 of full range. The result is valid until the next call. Throws Error.
  std::span<const uint8_t> Encode(ConstPictureView picture);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace mouthpiece

#endif  // MOUTHPIECE_SINK_JPEG_ENCODER_H_
