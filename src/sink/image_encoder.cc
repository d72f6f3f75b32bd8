#include "sink/image_encoder.h"

#include "image/color.h"
#include "jpeg/jpeg_encoder.h"
#include "media/png_encoder.h"

namespace mouthpiece {
namespace {

/// JPEG keeps the frame's YUV.
class JpegImages : public ImageEncoder {
 public:
  explicit JpegImages(int quality) : encoder_(quality) {}

  std::span<const uint8_t> Encode(ConstPictureView picture) override {
    return encoder_.Encode(picture);
  }

 private:
  JpegEncoder encoder_;
};

class PngImages : public ImageEncoder {
 public:
  PngImages(int width, int height)
      : encoder_(width, height), bgr_(PixelFormat::kBgrPlanar, ColorRange::kFull, width, height) {}

  std::span<const uint8_t> Encode(ConstPictureView picture) override {
    YuvToBgr(picture, bgr_.view());
    return encoder_.Encode(bgr_.view());
  }

 private:
  PngEncoder encoder_;
  Picture bgr_;
};

}  // namespace

std::unique_ptr<ImageEncoder> CreateImageEncoder(ImageFormat format, int width, int height,
                                                 int quality) {
  if (format == ImageFormat::kPng) return std::make_unique<PngImages>(width, height);
  return std::make_unique<JpegImages>(quality);
}

}  // namespace mouthpiece
