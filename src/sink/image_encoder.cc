#include "sink/image_encoder.h"

#include "image/color.h"
#include "media/png_encoder.h"
#include "sink/jpeg_encoder.h"

namespace mouthpiece {
namespace {

/// JPEG keeps the frame's YUV; JFIF knows full range only.
class JpegImages : public ImageEncoder {
 public:
  JpegImages(int width, int height, int quality)
      : width_(width), height_(height), encoder_(width, height, quality) {}

  std::span<const uint8_t> Encode(ConstPictureView picture) override {
    if (picture.range == ColorRange::kFull) return encoder_.Encode(picture);
    if (full_range_.empty()) {
      full_range_ = Picture(PixelFormat::kYuv420, ColorRange::kFull, width_, height_);
    }
    LimitedToFull(picture, full_range_.view());
    return encoder_.Encode(full_range_.view());
  }

 private:
  const int width_;
  const int height_;
  JpegEncoder encoder_;
  Picture full_range_;
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
  return std::make_unique<JpegImages>(width, height, quality);
}

}  // namespace mouthpiece
