// Frames decoded ahead of use into a bounded number of blocks: `chunk` and `stream`.
#ifndef MOUTHPIECE_STORE_WINDOW_STORE_H_
#define MOUTHPIECE_STORE_WINDOW_STORE_H_

#include <memory>

#include "store/frame_store.h"

namespace mouthpiece {

/// Every reader has loader threads and blocks of its own. `chunk` and `stream` differ in nothing
/// but the size of their windows: forward, decoding goes on from frame to frame without a seek;
/// backward, a window is decoded from the keyframe before it while the one after it is shown.
std::unique_ptr<FrameStore> OpenWindowStore(std::shared_ptr<const Avatar> avatar,
                                            const StoreOptions& options);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_STORE_WINDOW_STORE_H_
