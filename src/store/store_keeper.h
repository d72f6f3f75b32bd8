// Frames that outlive the render they were decoded for.
#ifndef MOUTHPIECE_STORE_STORE_KEEPER_H_
#define MOUTHPIECE_STORE_STORE_KEEPER_H_

#include <memory>
#include <mutex>

#include "mouthpiece/avatar.h"
#include "store/frame_store.h"

namespace mouthpiece {

/// Keeps one frame store of one avatar between renders. Thread-safe.
class StoreKeeper {
 public:
  struct Opened {
    std::shared_ptr<FrameStore> store;
    bool was_kept = false;
  };

  /// The store that was kept, if it serves; else that one is dropped, to have its memory, and a new
  /// one is opened. Renders at the same time have a store each. Throws Error.
  Opened Open(const std::shared_ptr<const Avatar>& avatar, const StoreOptions& options,
              const FrameSequence& needed);
  /// Keeps the store, which has shown all of `shown`, if it has them in memory.
  void Keep(const std::shared_ptr<FrameStore>& store, const FrameSequence& shown);

 private:
  std::mutex mutex_;
  std::shared_ptr<FrameStore> kept_;  ///< Guarded by mutex_
};

}  // namespace mouthpiece

#endif  // MOUTHPIECE_STORE_STORE_KEEPER_H_
