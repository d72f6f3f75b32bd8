// libavcodec's PNG decoder.
#ifndef MOUTHPIECE_MEDIA_PNG_DECODER_H_
#define MOUTHPIECE_MEDIA_PNG_DECODER_H_

#include <cstdint>
#include <filesystem>
#include <span>

#include "image/image.h"
#include "media/ffmpeg.h"

namespace mouthpiece::media {

/// Decodes one PNG after the other. Not thread-safe.
class PngDecoder {
 public:
  PngDecoder();

  /// B, G, R as cv2.imread gives them: transparency dropped, 16-bit samples cut to their high
  /// byte, grey repeated. `file` has AV_INPUT_BUFFER_PADDING_SIZE zeros behind its end; target has
  /// the picture's size. Throws Error (kBadMedia, kUnsupported) naming `path`.
  void ReadBgr(const std::filesystem::path& path, std::span<const uint8_t> file,
               PictureView target);

  /// The picture's alpha in 8 bits.
  void ReadAlpha(const std::filesystem::path& path, std::span<const uint8_t> file,
                 const Plane& target);

 private:
  const AVFrame& Decode(const std::filesystem::path& path, std::span<const uint8_t> file, int width,
                        int height);

  CodecContextPtr codec_;
  PacketPtr packet_;
  FramePtr frame_;
};

}  // namespace mouthpiece::media

#endif  // MOUTHPIECE_MEDIA_PNG_DECODER_H_
