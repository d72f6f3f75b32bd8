#include "sink/image_encoder.h"

#include <string>

#include "image/color.h"
#include "jpeg/jpeg_encoder.h"
#include "jpeg/jpeg_splicer.h"
#include "media/png_encoder.h"
#include "mouthpiece/error.h"

namespace mouthpiece {
namespace {

/// JPEG keeps the frame's YUV, unless it has other matrices than JFIF. Of a source frame seen
/// before, only what changed is encoded; the restart intervals are there in every file, so that
/// nobody can tell which.
class JpegImages : public ImageEncoder {
 public:
  JpegImages(const StreamFormat& frames, int quality, JpegCache& cache)
      : width_(frames.width),
        height_(frames.height),
        encoder_(quality, ChooseRestartInterval(frames.width), MatrixOf(frames.color.matrix)),
        splicer_(encoder_),
        cache_(cache) {}

  FilePieces Encode(const Frame& frame) override {
    const Rect& changed = frame.changed;
    if (changed == Rect{}) return Whole(frame);
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
    const FilePieces pieces = Whole(frame);
    cache_.Add(frame.source_index, changed, file_);
    return pieces;
  }

 private:
  FilePieces Whole(const Frame& frame) {
    file_ = encoder_.Encode(frame.picture());
    return {&file_, 1};
  }

  const int width_;
  const int height_;
  JpegEncoder encoder_;
  JpegSplicer splicer_;
  JpegCache& cache_;
  std::span<const uint8_t> file_;  ///< The last one that was encoded whole
};

class PngImages : public ImageEncoder {
 public:
  explicit PngImages(const StreamFormat& frames)
      : matrix_(MatrixOf(frames.color.matrix)),
        encoder_(frames.width, frames.height, frames.has_alpha),
        bgr_(PixelFormat::kBgrPlanar, ColorRange::kFull, frames.width, frames.height) {}

  FilePieces Encode(const Frame& frame) override {
    YuvToBgr(frame.picture(), bgr_.view(), matrix_);
    file_ = encoder_.Encode(bgr_.view(), frame.alpha);
    return {&file_, 1};
  }

 private:
  const YuvMatrix matrix_;
  PngEncoder encoder_;
  Picture bgr_;
  std::span<const uint8_t> file_;
};

}  // namespace

std::unique_ptr<ImageEncoder> CreateImageEncoder(ImageFormat format, const StreamFormat& frames,
                                                 int quality, JpegCache& cache) {
  if (format == ImageFormat::kPng) return std::make_unique<PngImages>(frames);
  return std::make_unique<JpegImages>(frames, quality, cache);
}

}  // namespace mouthpiece
