#include "device/vulkan/face_slots.h"

#include "mouthpiece/error.h"

namespace mouthpiece::vulkan {

FaceSlots::Place FaceSlots::Take(int frame, int request) {
  const std::lock_guard lock(mutex_);
  const auto known = slot_of_.find(frame);
  if (known != slot_of_.end()) {
    Slot& slot = slots_[static_cast<size_t>(known->second)];
    if (slot.request < 0 || slot.request == request) {
      ++slot.users;
      slot.last_use = ++uses_;
      return {known->second, false};
    }
  }
  int oldest = -1;
  for (int i = 0; i < static_cast<int>(slots_.size()); ++i) {
    const Slot& slot = slots_[static_cast<size_t>(i)];
    if (slot.users > 0) continue;
    if (oldest < 0 || slot.last_use < slots_[static_cast<size_t>(oldest)].last_use) oldest = i;
  }
  if (oldest < 0) throw Error(ErrorCode::kInternal, "faces: all places of the device are taken");
  Slot& slot = slots_[static_cast<size_t>(oldest)];
  if (slot.frame >= 0) slot_of_.erase(slot.frame);
  slot = {.frame = -1, .request = request, .users = 1, .last_use = ++uses_};
  if (slot_of_.emplace(frame, oldest).second) slot.frame = frame;
  return {oldest, true};
}

void FaceSlots::Arrived(int request) {
  const std::lock_guard lock(mutex_);
  for (Slot& slot : slots_) {
    if (slot.request == request) slot.request = -1;
  }
}

void FaceSlots::Release(int slot) {
  const std::lock_guard lock(mutex_);
  Slot& released = slots_[static_cast<size_t>(slot)];
  if (--released.users > 0 || released.request < 0) return;
  if (released.frame >= 0) slot_of_.erase(released.frame);
  released.frame = -1;
  released.request = -1;
}

}  // namespace mouthpiece::vulkan
