// Pictures to the bytes of an image file.
#ifndef MOUTHPIECE_SINK_IMAGE_ENCODER_H_
#define MOUTHPIECE_SINK_IMAGE_ENCODER_H_

#include <cstdint>
#include <memory>
#include <span>

#include "image/image.h"
#include "sink/image_pattern.h"

namespace mouthpiece {

/// Not thread-safe: one a thread. Allocates nothing of picture size once it has warmed up.
class ImageEncoder {
 public:
  virtual ~ImageEncoder() = default;
  /// `picture` is kYuv420 of the encoder's size. The result is valid until the next call.
  virtual std::span<const uint8_t> Encode(ConstPictureView picture) = 0;
};

/// `quality` is JPEG's, 1..100.
std::unique_ptr<ImageEncoder> CreateImageEncoder(ImageFormat format, int width, int height,
                                                 int quality);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_SINK_IMAGE_ENCODER_H_
