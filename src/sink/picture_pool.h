// Pictures that are used again and again.
#ifndef MOUTHPIECE_SINK_PICTURE_POOL_H_
#define MOUTHPIECE_SINK_PICTURE_POOL_H_

#include <memory>
#include <mutex>
#include <vector>

#include "image/frame.h"
#include "media/scaler.h"

namespace mouthpiece {

/// Lends pictures of one size, as many as are held at a time. Lend() is for one thread at a time,
/// frames may go from any. Outlives them.
class PicturePool : private FrameOwner {
 public:
  PicturePool(ColorRange range, int width, int height)
      : range_(range), width_(width), height_(height) {}

  Frame Lend() {
    const std::lock_guard lock(mutex_);
    if (free_.empty()) {
      free_.push_back(static_cast<int>(pictures_.size()));
      pictures_.push_back(std::make_unique<PaddedPicture>(range_, width_, height_));
      free_.reserve(pictures_.size());
    }
    const int slot = free_.back();
    free_.pop_back();
    return {pictures_[static_cast<size_t>(slot)]->view(), this, slot};
  }

 private:
  void TakeBack(int slot) noexcept override {
    const std::lock_guard lock(mutex_);
    free_.push_back(slot);  // there is room for it
  }

  const ColorRange range_;
  const int width_;
  const int height_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<PaddedPicture>> pictures_;  ///< This and what follows: by mutex_
  std::vector<int> free_;
};

}  // namespace mouthpiece

#endif  // MOUTHPIECE_SINK_PICTURE_POOL_H_
