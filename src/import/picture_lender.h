// Pictures for video encoders, which give them back later.
#ifndef MOUTHPIECE_IMPORT_PICTURE_LENDER_H_
#define MOUTHPIECE_IMPORT_PICTURE_LENDER_H_

#include <deque>
#include <mutex>
#include <vector>

#include "image/frame.h"
#include "image/image.h"

namespace mouthpiece {

/// Lends pictures of one kind; makes one when none is free. Frames may be released from any thread.
class PictureLender final : private FrameOwner {
 public:
  PictureLender(PixelFormat format, ColorRange range, int width, int height)
      : format_(format), range_(range), width_(width), height_(height) {}

  /// Its contents are undefined.
  Frame Lend() {
    const std::lock_guard lock(mutex_);
    if (free_.empty()) {
      pictures_.emplace_back(format_, range_, width_, height_);
      free_.reserve(pictures_.size());  // TakeBack never allocates
      free_.push_back(static_cast<int>(pictures_.size()) - 1);
    }
    const int slot = free_.back();
    free_.pop_back();
    return {pictures_[static_cast<size_t>(slot)].view(), this, slot};
  }

 private:
  void TakeBack(int slot) noexcept override {
    const std::lock_guard lock(mutex_);
    free_.push_back(slot);
  }

  const PixelFormat format_;
  const ColorRange range_;
  const int width_;
  const int height_;
  std::mutex mutex_;
  std::deque<Picture> pictures_;
  std::vector<int> free_;
};

}  // namespace mouthpiece

#endif  // MOUTHPIECE_IMPORT_PICTURE_LENDER_H_
