// An avatar's source frames by number.
#ifndef MOUTHPIECE_RENDER_SOURCE_FRAMES_H_
#define MOUTHPIECE_RENDER_SOURCE_FRAMES_H_

#include <memory>

#include "mouthpiece/avatar.h"
#include "mouthpiece/options.h"
#include "render/lent_frame.h"
#include "store/frame_store.h"

namespace mouthpiece {

/// A frame store and the reader that stands where the last call left it. Not thread-safe.
class SourceFrames {
 public:
  SourceFrames(std::shared_ptr<const Avatar> avatar, const Machine& machine);

  const Avatar& avatar() const { return *avatar_; }
  /// Frame `index`, lent by `origin()` as it is after the call. Throws Error.
  SourceFrame Take(int index);
  const std::shared_ptr<FrameOrigin>& origin() const { return origin_; }

 private:
  const std::shared_ptr<const Avatar> avatar_;
  const int threads_;
  std::shared_ptr<FrameStore> store_;
  std::shared_ptr<FrameOrigin> origin_;  ///< Null before the first call
  int next_ = 0;                         ///< What its reader gives next
};

}  // namespace mouthpiece

#endif  // MOUTHPIECE_RENDER_SOURCE_FRAMES_H_
