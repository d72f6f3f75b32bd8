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
  return cache_.Add(source_index, rect, Form(rect, picture));
}

std::vector<uint8_t> JpegBackgrounds::Form(const Rect& rect, ConstPictureView picture) {
  std::unique_ptr<JpegEncoder> encoder = TakeEncoder();
  std::vector<uint8_t> outside =
      WithoutSegments(encoder->Encode(picture), PartAround(rect), width_, interval_);
  const std::lock_guard lock(mutex_);
  idle_.push_back(std::move(encoder));
  return outside;
}

std::string JpegBackgrounds::FormName() const {
  return "jpeg " + std::to_string(quality_) + ", matrix " +
         std::to_string(static_cast<int>(matrix_)) + ", intervals of " + std::to_string(interval_);
}

uint64_t JpegBackgrounds::KeepForm(int source_index, const Rect& rect,
                                   std::span<const uint8_t> form,
                                   std::shared_ptr<const void> memory) {
  return cache_.Add(source_index, rect, form, std::move(memory));
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
