// The mouths of silence: made once for each frame of an avatar.
#ifndef MOUTHPIECE_LIVE_IDLE_MOUTHS_H_
#define MOUTHPIECE_LIVE_IDLE_MOUTHS_H_

#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "image/image.h"
#include "image/kept_pixels.h"
#include "mouthpiece/types.h"

namespace mouthpiece::live {

/// The samples of each frame's rectangle after compositing, which may be put into that frame again:
/// whatever made them. Thread-safe.
class IdleMouths {
 public:
  explicit IdleMouths(std::span<const Rect> rectangles);

  /// Bytes of all of them.
  uint64_t bytes() const { return bytes_; }
  int count() const;
  bool Has(int frame) const { return Get(frame) != nullptr; }
  /// Keeps what lies in the frame's rectangle.
  void Keep(int frame, const PictureView& picture);
  /// Writes it into a picture of the frame, but for what is kept there. False without one.
  bool Put(int frame, const KeptRuns& kept, const PictureView& picture) const;

 private:
  using Mouth = std::vector<uint8_t>;  ///< Rows of Y, of U, of V

  std::shared_ptr<const Mouth> Get(int frame) const;

  const std::vector<Rect> rectangles_;
  uint64_t bytes_ = 0;
  mutable std::mutex mutex_;
  std::vector<std::shared_ptr<const Mouth>> mouths_;  ///< This and what follows: guarded by mutex_
  int count_ = 0;
};

}  // namespace mouthpiece::live

#endif  // MOUTHPIECE_LIVE_IDLE_MOUTHS_H_
