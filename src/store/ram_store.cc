#include "store/ram_store.h"

#include <algorithm>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "avatar/package.h"
#include "mouthpiece/error.h"
#include "store/frame_layout.h"
#include "store/memory.h"
#include "store/outside_copy.h"
#include "store/preload.h"
#include "store/prepared_frames.h"
#include "store/thread_count.h"

namespace mouthpiece {
namespace {

class RamStore final : public FrameStore {
 public:
  RamStore(std::shared_ptr<const Avatar> avatar, const StoreOptions& options,
           const FrameSequence& needed)
      : avatar_(std::move(avatar)),
        layout_(PackageOf(*avatar_)),
        prepared_(options.prepared),
        context_{PackageOf(*avatar_), layout_, timer_, prepared_.get()},
        needed_(needed),
        leased_(needed_.frames.size()) {
    if (!prepared_) {
      const size_t bytes = needed_.frames.size() * layout_.bytes();
      memory_.emplace(bytes);
      meter_.Add(bytes);
    }
    preload_.emplace(context_, needed_, ThreadCount(options.threads),
                     [this](size_t slot, FramePart, PartReader& reader) {
                       // What is prepared is where it is to be.
                       if (!reader.is_prepared()) reader.Store(block(slot));
                     });
  }

  std::unique_ptr<FrameReader> Open(const FrameReaderOptions& options) override;

  bool Holds(const FrameSequence& sequence) const override {
    return std::ranges::includes(needed_.frames, Needed(sequence).frames);
  }
  CacheMode mode() const override { return CacheMode::kRam; }
  uint64_t peak_bytes() const override { return meter_.peak(); }
  double bytes_per_frame() const override { return static_cast<double>(layout_.bytes()); }
  double decode_seconds() const override { return timer_.wall_seconds(); }
  double preload_seconds() const override { return preload_->seconds(); }
  std::filesystem::path prepared_file() const override { return PathOf(prepared_.get()); }

 private:
  friend class RamReader;

  int slots() const { return static_cast<int>(needed_.frames.size()); }
  uint8_t* block(size_t slot) const {
    return prepared_ ? prepared_->block(needed_.frames[slot])
                     : memory_->data() + slot * layout_.bytes();
  }

  /// True when the caller has the frame's planes for itself from now on. Never of prepared frames:
  /// the system would copy each page of the file that is written to, at ten times the cost.
  bool Lease(size_t slot) {
    if (prepared_) return false;
    std::lock_guard lock(mutex_);
    return !std::exchange(leased_[slot], 1);
  }
  void Release(size_t slot) noexcept {
    std::lock_guard lock(mutex_);
    leased_[slot] = 0;
  }

  const std::shared_ptr<const Avatar> avatar_;
  const FrameLayout layout_;
  StageTimer timer_;
  MemoryMeter meter_;
  const std::shared_ptr<PreparedFrames> prepared_;  ///< Null: frames are decoded into `memory_`
  const PartContext context_;
  const Needed needed_;  ///< The frame of each slot
  std::optional<PageMemory> memory_;
  std::mutex mutex_;
  std::vector<uint8_t> leased_;     ///< By slot; guarded by mutex_
  std::optional<Preload> preload_;  ///< Last: its threads use everything above
};

class RamReader final : public FrameReader, private FrameOwner {
 public:
  RamReader(RamStore& store, const FrameReaderOptions& options)
      : store_(store),
        sequence_(options.sequence),
        cancel_(options.cancel),
        copies_(store.layout_.full_bytes(), store.meter_) {}

  SourceFrame Next() override {
    cancel_.ThrowIfCancelled();
    const int frame = NextFrame(sequence_, position_);
    const size_t slot = store_.needed_.Find(frame);
    store_.preload_->WaitFor(slot, cancel_);
    uint8_t* const block = store_.block(slot);
    const PictureView cached = store_.layout_.full(block);
    SourceFrame source;
    if (store_.Lease(slot)) {
      source.frame = Frame(cached, this, static_cast<int>(slot));
    } else {
      const BufferPool::Buffer copy = copies_.Acquire();
      const PictureView target = store_.layout_.full(copy.data);
      CopyOutside(cached, store_.avatar_->rectangles()[static_cast<size_t>(frame)],
                  PackageOf(*store_.avatar_).kept.Of(frame), target);
      source.frame = Frame(target, this, store_.slots() + copy.number);
    }
    source.frame.output_index = position_++;
    source.frame.source_index = frame;
    source.face = store_.layout_.face(block);
    return source;
  }

 private:
  void TakeBack(int slot) noexcept override {
    if (slot < store_.slots()) {
      store_.Release(static_cast<size_t>(slot));
    } else {
      copies_.Release(slot - store_.slots());
    }
  }

  RamStore& store_;
  const FrameSequence sequence_;
  const CancelToken cancel_;
  BufferPool copies_;  ///< Of frames that are prepared, or that somebody else holds
  int64_t position_ = 0;
};

std::unique_ptr<FrameReader> RamStore::Open(const FrameReaderOptions& options) {
  return std::make_unique<RamReader>(*this, options);
}

}  // namespace

std::unique_ptr<FrameStore> OpenRamStore(std::shared_ptr<const Avatar> avatar,
                                         const StoreOptions& options, const FrameSequence& needed) {
  return std::make_unique<RamStore>(std::move(avatar), options, needed);
}

}  // namespace mouthpiece
