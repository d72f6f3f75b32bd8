// PNG through libavcodec.
#ifndef MOUTHPIECE_MEDIA_PNG_ENCODER_H_
#define MOUTHPIECE_MEDIA_PNG_ENCODER_H_

#include <cstdint>
#include <memory>
#include <span>

#include "image/image.h"

namespace mouthpiece {

/// Encodes pictures of one size as 8-bit RGB or, with alpha, RGBA. Not thread-safe: one a thread.
class PngEncoder {
 public:
  PngEncoder(int width, int height, bool has_alpha = false);
  ~PngEncoder();

  /// `picture` is kBgrPlanar; `alpha` is there if the encoder's pictures have it. The result is
  /// valid until the next call. Throws Error (kInternal).
  std::span<const uint8_t> Encode(ConstPictureView picture, ConstPlane alpha = {});

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace mouthpiece

#endif  // MOUTHPIECE_MEDIA_PNG_ENCODER_H_
