#include "store/store_keeper.h"

#include <utility>

namespace mouthpiece {

StoreKeeper::Opened StoreKeeper::Open(const std::shared_ptr<const Avatar>& avatar,
                                      const StoreOptions& options, const FrameSequence& needed) {
  std::shared_ptr<FrameStore> kept;
  {
    const std::lock_guard lock(mutex_);
    kept = std::move(kept_);
    kept_.reset();
  }
  const bool serves =
      kept && options.mode == CacheMode::kRam && !options.keeper && kept->Holds(needed);
  if (serves) return {std::move(kept), true};
  kept.reset();
  return {OpenFrameStore(avatar, options, needed), false};
}

void StoreKeeper::Keep(const std::shared_ptr<FrameStore>& store, const FrameSequence& shown) {
  if (!store->Holds(shown)) return;
  const std::lock_guard lock(mutex_);
  kept_ = store;
}

}  // namespace mouthpiece
