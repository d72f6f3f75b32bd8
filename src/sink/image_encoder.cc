#include "sink/image_encoder.h"

#include <string>

#include "image/color.h"
#include "jpeg/jpeg_encoder.h"
#include "jpeg/jpeg_splicer.h"
#include "media/png_encoder.h"
#include "mouthpiece/error.h"

namespace mouthpiece {
namespace {

/// JPEG keeps the frame's YUV. Of a source frame seen before, only what changed is encoded; the
/// restart intervals are there in every file, so that nobody can tell which.
class JpegImages : public ImageEncoder {
 public:
  JpegImages(int width, int height, int quality, JpegCache& cache)
      : width_(width),
        height_(height),
        encoder_(quality, ChooseRestartInterval(width)),
        splicer_(encoder_),
        cache_(cache) {}

  std::span<const uint8_t> Encode(const Frame& frame) override {
    const Rect& changed = frame.changed;
    if (changed == Rect{}) return encoder_.Encode(frame.picture());
    const JpegBackground* background = cache_.Find(frame.source_index, changed);
    if (frame.part != Rect{}) {
      if (background == nullptr) {
        throw Error(ErrorCode::kInternal, "JPEG: a part of frame " +
                                              std::to_string(frame.source_index) +
                                              " came without the rest of it");
      }
      return splicer_.SplicePart(*background, changed, width_, height_, frame.picture());
    }
    if (background != nullptr) return splicer_.Splice(*background, changed, frame.picture());
    const std::span<const uint8_t> file = encoder_.Encode(frame.picture());
    cache_.Add(frame.source_index, changed, file);
    return file;
  }

 private:
  const int width_;
  const int height_;
  JpegEncoder encoder_;
  JpegSplicer splicer_;
  JpegCache& cache_;
};

class PngImages : public ImageEncoder {
 public:
  PngImages(int width, int height)
      : encoder_(width, height), bgr_(PixelFormat::kBgrPlanar, ColorRange::kFull, width, height) {}

  std::span<const uint8_t> Encode(const Frame& frame) override {
    YuvToBgr(frame.picture(), bgr_.view());
    return encoder_.Encode(bgr_.view());
  }

 private:
  PngEncoder encoder_;
  Picture bgr_;
};

}  // namespace

std::unique_ptr<ImageEncoder> CreateImageEncoder(ImageFormat format, int width, int height,
                                                 int quality, JpegCache& cache) {
  if (format == ImageFormat::kPng) return std::make_unique<PngImages>(width, height);
  return std::make_unique<JpegImages>(width, height, quality, cache);
}

}  // namespace mouthpiece
