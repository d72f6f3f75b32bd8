// Which faces lie in a device's memory, and where.
#ifndef MOUTHPIECE_DEVICE_VULKAN_FACE_SLOTS_H_
#define MOUTHPIECE_DEVICE_VULKAN_FACE_SLOTS_H_

#include <cstdint>
#include <mutex>
#include <unordered_map>
#include <vector>

namespace mouthpiece::vulkan {

/// A fixed number of slots for the faces of an avatar, by frame. What was used last stays longest.
/// Thread-safe.
class FaceSlots {
 public:
  explicit FaceSlots(int slots) : slots_(static_cast<size_t>(slots)) {}

  int size() const { return static_cast<int>(slots_.size()); }

  struct Place {
    int slot = 0;
    bool is_new = false;  ///< The caller has to put the face there
  };

  /// A slot with the face of `frame`, or for it; not given to another face until it is released as
  /// often as it was taken. A face that another request has yet to put into place gets a second
  /// one. Throws Error (kInternal) when all slots are taken.
  Place Take(int frame, int request);
  /// What `request` had to put into place will be there before what others do from now on.
  void Arrived(int request);
  /// Gives a taken slot back. A face that never arrived is forgotten.
  void Release(int slot);

 private:
  struct Slot {
    int frame = -1;    ///< -1: none that could be found again
    int request = -1;  ///< That has yet to put it there; -1: it is there
    int users = 0;
    uint64_t last_use = 0;
  };

  std::mutex mutex_;
  // What follows: guarded by mutex_.
  std::vector<Slot> slots_;
  std::unordered_map<int, int> slot_of_;  ///< By frame
  uint64_t uses_ = 0;
};

}  // namespace mouthpiece::vulkan

#endif  // MOUTHPIECE_DEVICE_VULKAN_FACE_SLOTS_H_
