// No cache at all: the slow baseline that the others are measured against.
#ifndef MOUTHPIECE_STORE_DISK_STORE_H_
#define MOUTHPIECE_STORE_DISK_STORE_H_

#include <memory>

#include "store/frame_store.h"

namespace mouthpiece {

/// Opens, seeks and decodes all four sources anew for every frame, in Next().
std::unique_ptr<FrameStore> OpenDiskStore(std::shared_ptr<const Avatar> avatar);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_STORE_DISK_STORE_H_
