// Frames in RAM of which only the surroundings of the mouth are samples.
#ifndef MOUTHPIECE_STORE_PATCH_STORE_H_
#define MOUTHPIECE_STORE_PATCH_STORE_H_

#include <memory>

#include "store/frame_layout.h"
#include "store/frame_store.h"

namespace mouthpiece {

/// A kRam store whose frames come in part (Frame::part): `options.keeper` has the rest. What
/// remains is packed without loss and unpacked when it is lent.
std::unique_ptr<FrameStore> OpenPatchStore(std::shared_ptr<const Avatar> avatar,
                                           const StoreOptions& options,
                                           const FrameSequence& needed);

/// Layout of one lent frame of it: room for the largest part.
FrameLayout PatchLayout(const Avatar& avatar, const BackgroundKeeper& keeper);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_STORE_PATCH_STORE_H_
