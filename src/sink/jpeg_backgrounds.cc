#include "sink/jpeg_backgrounds.h"

#include <limits>
#include <utility>

#include "jpeg/jpeg_splicer.h"

namespace mouthpiece {

JpegBackgrounds::JpegBackgrounds(const StreamFormat& frames, int quality)
    : width_(frames.width),
      height_(frames.height),
      matrix_(MatrixOf(frames.color.matrix)),
      quality_(quality),
      interval_(ChooseRestartInterval(frames.width)),
      cache_(std::numeric_limits<uint64_t>::max()) {}

Rect JpegBackgrounds::PartAround(const Rect& rect) const {
  return TouchedPixels(rect, width_, height_, interval_);
}

uint64_t JpegBackgrounds::ExpectedBytes() const {
  return static_cast<uint64_t>(width_) * static_cast<uint64_t>(height_) / 2;
}

uint64_t JpegBackgrounds::Keep(int source_index, const Rect& rect, ConstPictureView picture) {
  std::unique_ptr<JpegEncoder> encoder = TakeEncoder();
  const std::vector<uint8_t> outside =
      WithoutSegments(encoder->Encode(picture), PartAround(rect), width_, interval_);
  const uint64_t bytes = cache_.Add(source_index, rect, outside);
  const std::lock_guard lock(mutex_);
  idle_.push_back(std::move(encoder));
  return bytes;
}

std::unique_ptr<JpegEncoder> JpegBackgrounds::TakeEncoder() {
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      std::unique_ptr<JpegEncoder> encoder = std::move(idle_.back());
      idle_.pop_back();
      return encoder;
    }
  }
  return std::make_unique<JpegEncoder>(quality_, interval_, matrix_);
}

}  // namespace mouthpiece
