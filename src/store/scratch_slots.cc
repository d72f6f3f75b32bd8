#include "store/scratch_slots.h"

#include <algorithm>

namespace mouthpiece {

int ScratchSlots::Place(int frame, int64_t from) {
  const int64_t use = sequence_.NextUse(frame, from);
  // Until it is needed so many others pass by that it would not last: writing it is in vain.
  if (use < 0 || use - from >= 2 * int64_t{capacity_}) return -1;
  int slot = static_cast<int>(frames_.size());
  if (slot < capacity_) {
    frames_.push_back(frame);
  } else {
    int64_t latest = use;
    slot = -1;
    for (int i = 0; i < capacity_; ++i) {
      const int64_t next = sequence_.NextUse(frames_[static_cast<size_t>(i)], from);
      if (next >= 0 && next <= latest) continue;
      slot = i;
      if (next < 0) break;  // never needed again
      latest = next;
    }
    if (slot < 0) return -1;
    int& held = frames_[static_cast<size_t>(slot)];
    slots_[static_cast<size_t>(held)] = -1;
    held = frame;
  }
  slots_[static_cast<size_t>(frame)] = slot;
  return slot;
}

}  // namespace mouthpiece
