// libjpeg's decompressor, wrapped once.
#ifndef MOUTHPIECE_MEDIA_JPEG_DECODER_H_
#define MOUTHPIECE_MEDIA_JPEG_DECODER_H_

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>

#include "image/image.h"

namespace mouthpiece::media {

/// Decodes one JPEG after the other. Not thread-safe. All functions throw Error (kBadMedia) naming
/// `path`, which is used for nothing else; `file` is the compressed picture, target has its size.
/// Of a file that ends in its last row of blocks, or before the last refinement of a progressive
/// picture, what is missing is left grey or coarse, as cv2.imread does; one that ends earlier is
/// damaged.
class JpegDecoder {
 public:
  JpegDecoder();
  ~JpegDecoder();
  JpegDecoder(const JpegDecoder&) = delete;
  JpegDecoder& operator=(const JpegDecoder&) = delete;

  /// The stored samples of a 4:2:0 picture, without any conversion. False, and nothing written,
  /// when it has another sampling or colour space.
  bool ReadYuv420(const std::filesystem::path& path, std::span<const uint8_t> file,
                  PictureView target);

  /// B, G, R as cv2.imread gives them: the accurate integer DCT, smooth chroma upsampling.
  void ReadBgr(const std::filesystem::path& path, std::span<const uint8_t> file,
               PictureView target);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace mouthpiece::media

#endif  // MOUTHPIECE_MEDIA_JPEG_DECODER_H_
