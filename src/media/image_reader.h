// Decodes single JPEG and PNG pictures.
#ifndef MOUTHPIECE_MEDIA_IMAGE_READER_H_
#define MOUTHPIECE_MEDIA_IMAGE_READER_H_

#include <filesystem>
#include <memory>
#include <span>
#include <vector>

#include "image/image.h"

namespace mouthpiece {
namespace media {
class JpegDecoder;
class PngDecoder;
}  // namespace media

/// Keeps its buffers, so that reading pictures of one kind and size allocates nothing of their
/// size. Not thread-safe.
class ImageReader {
 public:
  ImageReader();
  ~ImageReader();
  ImageReader(const ImageReader&) = delete;
  ImageReader& operator=(const ImageReader&) = delete;

  /// Decodes `path` (the content decides whether it is JPEG or PNG) into `target`, whose size it
  /// must have. kBgrPlanar gets the pixels of cv2.imread. kYuv420
  /// gets the samples of a full-range 4:2:0 JPEG as they are; anything else is converted from
  /// B, G, R. Pictures are turned upright by their EXIF orientation, as cv2.imread does. Throws
  /// Error (kBadMedia) naming the file.
  void Read(const std::filesystem::path& path, PictureView target);

  /// The picture's alpha, 255 everywhere for one without, upright; `target` has its size.
  void ReadAlpha(const std::filesystem::path& path, const Plane& target);

 private:
  void Decode(const std::filesystem::path& path, std::span<const uint8_t> file, bool is_jpeg,
              PictureView target);

  std::vector<uint8_t> file_;  ///< The file, and the zeros that libavcodec wants behind it
  Picture bgr_;                ///< Pictures on their way to YUV
  Picture stored_;             ///< Pictures on their way to stand upright
  std::unique_ptr<media::JpegDecoder> jpeg_;
  std::unique_ptr<media::PngDecoder> png_;
};

}  // namespace mouthpiece

#endif  // MOUTHPIECE_MEDIA_IMAGE_READER_H_
