// Who knows how transparent an avatar's frames are.
#ifndef MOUTHPIECE_IMAGE_ALPHA_SOURCE_H_
#define MOUTHPIECE_IMAGE_ALPHA_SOURCE_H_

#include "image/image.h"

namespace mouthpiece {

/// Alpha of whole frames, 255 where they are opaque. Not thread-safe.
class AlphaSource {
 public:
  virtual ~AlphaSource() = default;

  /// That of frame `source_index`, into a plane of the frames' size. Throws Error (kBadMedia,
  /// naming file and frame), kCancelled.
  virtual void Read(int source_index, Plane target) = 0;
};

}  // namespace mouthpiece

#endif  // MOUTHPIECE_IMAGE_ALPHA_SOURCE_H_
