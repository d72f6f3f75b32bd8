#include "store/frame_store.h"

#include <string>
#include <utility>

#include "mouthpiece/error.h"
#include "store/disk_store.h"
#include "store/patch_store.h"
#include "store/prepared_frames.h"
#include "store/ram_store.h"
#include "store/window_store.h"

namespace mouthpiece {

StoreOptions StoreOptionsFor(const Avatar& avatar, const Machine& machine) {
  const Package& package = PackageOf(avatar);
  StoreOptions options;
  options.mode = machine.cache;
  options.chunk_frames = machine.chunk_frames;
  options.memory_budget = machine.memory_budget;
  options.threads = machine.threads;
  options.prepared = PreparedFrames::Find(package, FrameLayout(package));
  return options;
}

std::unique_ptr<FrameStore> OpenFrameStore(std::shared_ptr<const Avatar> avatar,
                                           const StoreOptions& options,
                                           const FrameSequence& needed) {
  if (options.prepared) options.prepared->TellOfDamage(options.message);
  switch (options.mode) {
    case CacheMode::kRam:
      if (options.keeper) return OpenPatchStore(std::move(avatar), options, needed);
      return OpenRamStore(std::move(avatar), options, needed);
    case CacheMode::kChunk:
      if (options.chunk_frames < 1) {
        throw Error(ErrorCode::kInvalidArgument, "chunk frames: at least 1 is needed, not " +
                                                     std::to_string(options.chunk_frames));
      }
      return OpenWindowStore(std::move(avatar), options);
    case CacheMode::kStream:
      return OpenWindowStore(std::move(avatar), options);
    case CacheMode::kDisk:
      return OpenDiskStore(std::move(avatar));
    case CacheMode::kAuto:
      break;
  }
  throw Error(ErrorCode::kInternal, "a frame store cannot be opened before its mode is chosen");
}

}  // namespace mouthpiece
