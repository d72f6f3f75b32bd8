// Pictures that are used again and again.
#ifndef MOUTHPIECE_SINK_PICTURE_POOL_H_
#define MOUTHPIECE_SINK_PICTURE_POOL_H_

#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "image/frame.h"
#include "media/scaler.h"

namespace mouthpiece {

/// Lends pictures of one size, as many as are held at a time. Lend() is for one thread at a time,
/// frames may go from any. Outlives them.
class PicturePool : private FrameOwner {
 public:
  PicturePool(ColorRange range, int width, int height, bool has_alpha = false)
      : range_(range), width_(width), height_(height), has_alpha_(has_alpha) {}

  /// A picture, with alpha if the pool's have it; `under` is held as long as it is.
  Frame Lend(Frame under = {}) {
    const std::lock_guard lock(mutex_);
    if (free_.empty()) {
      free_.push_back(static_cast<int>(pictures_.size()));
      pictures_.push_back(std::make_unique<Lent>());
      pictures_.back()->picture = PaddedPicture(range_, width_, height_, has_alpha_);
      free_.reserve(pictures_.size());
    }
    const int slot = free_.back();
    free_.pop_back();
    Lent& lent = *pictures_[static_cast<size_t>(slot)];
    lent.under = std::move(under);
    Frame frame(lent.picture.view(), this, slot);
    frame.alpha = lent.picture.alpha();
    return frame;
  }

 private:
  struct Lent {
    PaddedPicture picture;
    Frame under;
  };

  void TakeBack(int slot) noexcept override {
    Frame under;  // which goes back after the lock
    const std::lock_guard lock(mutex_);
    under = std::move(pictures_[static_cast<size_t>(slot)]->under);
    free_.push_back(slot);  // there is room for it
  }

  const ColorRange range_;
  const int width_;
  const int height_;
  const bool has_alpha_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Lent>> pictures_;  ///< This and what follows: by mutex_
  std::vector<int> free_;
};

}  // namespace mouthpiece

#endif  // MOUTHPIECE_SINK_PICTURE_POOL_H_
