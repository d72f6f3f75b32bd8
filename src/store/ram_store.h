// All needed frames in memory, decoded once.
#ifndef MOUTHPIECE_STORE_RAM_STORE_H_
#define MOUTHPIECE_STORE_RAM_STORE_H_

#include <memory>

#include "store/frame_store.h"

namespace mouthpiece {

/// Decodes the frames that `needed` shows with several threads, then serves any number of readers.
std::unique_ptr<FrameStore> OpenRamStore(std::shared_ptr<const Avatar> avatar,
                                         const StoreOptions& options, const FrameSequence& needed);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_STORE_RAM_STORE_H_
