// Pictures to the bytes of an image file.
#ifndef MOUTHPIECE_SINK_IMAGE_ENCODER_H_
#define MOUTHPIECE_SINK_IMAGE_ENCODER_H_

#include <cstdint>
#include <memory>
#include <span>

#include "image/frame.h"
#include "sink/image_pattern.h"
#include "sink/jpeg_cache.h"
#include "sink/sink.h"

namespace mouthpiece {

/// Not thread-safe: one a thread. Allocates nothing of picture size once it has warmed up.
class ImageEncoder {
 public:
  virtual ~ImageEncoder() = default;
  /// The file of a frame, which is kYuv420 of the encoder's size, in pieces that follow each other.
  /// They are valid until the next call and as long as the cache; the file depends on the picture
  /// alone.
  virtual std::span<const std::span<const uint8_t>> Encode(const Frame& frame) = 0;
};

/// `quality` is JPEG's, 1..100. `cache` is for JPEG, shared by encoders of the same frames and
/// quality, and outlives them. The pictures show the colours that `frames.color` says.
std::unique_ptr<ImageEncoder> CreateImageEncoder(ImageFormat format, const StreamFormat& frames,
                                                 int quality, JpegCache& cache);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_SINK_IMAGE_ENCODER_H_
