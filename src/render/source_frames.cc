#include "render/source_frames.h"

#include <string>
#include <utility>

#include "avatar/package.h"
#include "mouthpiece/error.h"

namespace mouthpiece {
namespace {

std::unique_ptr<FrameStore> OpenStore(const std::shared_ptr<const Avatar>& avatar,
                                      const Machine& machine) {
  const int frames = avatar->frame_count();
  StoreOptions store = StoreOptionsFor(*avatar, machine);
  if (store.mode == CacheMode::kAuto) {
    const CacheChoice choice = ChooseCacheMode(*avatar, store, frames);
    store.mode = choice.mode;
    store.chunk_frames = choice.chunk_frames;
  }
  return OpenFrameStore(avatar, store, {LoopMode::kNone, frames, {0, frames}});
}

}  // namespace

SourceFrames::SourceFrames(std::shared_ptr<const Avatar> avatar, const Machine& machine)
    : avatar_(std::move(avatar)), threads_(machine.threads), store_(OpenStore(avatar_, machine)) {}

SourceFrame SourceFrames::Take(int index) {
  const int frames = avatar_->frame_count();
  if (index < 0 || index >= frames) {
    throw Error(ErrorCode::kInvalidArgument, "frame: expected 0 to " + std::to_string(frames - 1) +
                                                 ", found " + std::to_string(index));
  }
  if (!origin_ || index != next_) {
    // Frames that are still held keep their own reader.
    origin_ = nullptr;
    auto origin = std::make_shared<FrameOrigin>();
    origin->store = store_;
    origin->matrix = MatrixOf(PackageOf(*avatar_).color.matrix);
    origin->reader = store_->Open({.sequence = {LoopMode::kNone, frames, {index, frames}},
                                   .frames_in_flight = kMostLent + 1,
                                   .threads = threads_,
                                   .cancel = {}});
    origin_ = std::move(origin);
    next_ = index;
  }
  SourceFrame source = origin_->reader->Next();
  ++next_;
  return source;
}

}  // namespace mouthpiece
