// Which avatar frame each output frame shows.
#ifndef MOUTHPIECE_STORE_FRAME_SEQUENCE_H_
#define MOUTHPIECE_STORE_FRAME_SEQUENCE_H_

#include <cstdint>

#include "mouthpiece/types.h"

namespace mouthpiece {

/// A walk over `frame_count` avatar frames for the output frames [range.begin, range.end).
struct FrameSequence {
  LoopMode loop = LoopMode::kPingPong;
  int frame_count = 0;
  FrameRange range;

  int64_t size() const { return range.end - range.begin; }
  /// Avatar frame of the `i`-th output frame, 0 <= i < size().
  int At(int64_t i) const;
  /// The first output frame at or after the `from`-th that shows `frame`; -1: none does.
  int64_t NextUse(int frame, int64_t from) const;
  /// True when a frame is shown twice or after one that follows it in the avatar.
  bool TurnsOrRepeats() const;
};

/// `sequence.At(position)`. Throws Error when the walk has ended before.
int NextFrame(const FrameSequence& sequence, int64_t position);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_STORE_FRAME_SEQUENCE_H_
