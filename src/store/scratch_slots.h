// Which decoded frames a scratch file of limited size should hold.
#ifndef MOUTHPIECE_STORE_SCRATCH_SLOTS_H_
#define MOUTHPIECE_STORE_SCRATCH_SLOTS_H_

#include <cstdint>
#include <vector>

#include "store/frame_sequence.h"

namespace mouthpiece {

/// Since the walk is known, so is what will be needed soonest: that is kept, and what is never
/// needed again is never written. Not thread-safe.
class ScratchSlots {
 public:
  ScratchSlots(const FrameSequence& sequence, int capacity)
      : sequence_(sequence),
        capacity_(capacity),
        slots_(static_cast<size_t>(sequence.frame_count), -1) {}

  /// Where `frame` lies; -1: nowhere.
  int Find(int frame) const { return slots_[static_cast<size_t>(frame)]; }

  /// Gives `frame`, which lies nowhere, a place if it is needed at or after the walk's position
  /// `from` and sooner than what has to make way for it. -1 if not.
  int Place(int frame, int64_t from);

 private:
  const FrameSequence sequence_;
  const int capacity_;
  std::vector<int> slots_;   ///< By frame
  std::vector<int> frames_;  ///< By slot
};

}  // namespace mouthpiece

#endif  // MOUTHPIECE_STORE_SCRATCH_SLOTS_H_
