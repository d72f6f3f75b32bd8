#include "store/window_store.h"

#include <algorithm>
#include <atomic>
#include <thread>
#include <utility>
#include <vector>

#include "avatar/package.h"
#include "store/block_walk.h"
#include "store/frame_layout.h"
#include "store/load_table.h"
#include "store/memory.h"
#include "store/outside_copy.h"
#include "store/part_loader.h"
#include "store/prepared_frames.h"
#include "store/store_cost.h"
#include "store/thread_count.h"
#include "store/window_size.h"

namespace mouthpiece {
namespace {

using Parts = std::vector<FramePart>;

// Frames of a block where a scratch file serves them.
constexpr int kScratchBlock = 4;

// Beyond what a page cache can be expected to hold, decoding is no slower than the disk.
constexpr uint64_t kMostScratch = uint64_t{4} << 30;

// A scratch file for fewer frames is not worth having.
constexpr uint64_t kLeastScratch = 64;

/// Which thread loads what. The full frame takes about as long to decode as the rest together.
std::vector<Parts> PartsOfLoaders(int threads) {
  using enum FramePart;
  if (threads == 1) return {{kFull, kRoi, kMasked, kRing}};
  return {{kFull}, {kRoi, kMasked, kRing}};
}

std::vector<int> Blocks(const Package& package, int most) {
  if (!package.full_body.video) return CutIntoBlocks(package.frame_count, most, {});
  return CutIntoBlocks(package.frame_count, most, package.full_body.video->keyframes);
}

class WindowReader final : public FrameReader, private FrameOwner {
 public:
  WindowReader(const PartContext& context, MemoryMeter& meter, WindowSize window, int threads,
               std::unique_ptr<Scratch> scratch, const FrameReaderOptions& options)
      : context_(context),
        meter_(meter),
        scratch_(std::move(scratch)),
        sequence_(options.sequence),
        cancel_(options.cancel),
        slots_(window.slots),
        memory_(static_cast<size_t>(window.slots) * context.layout.bytes()),
        copies_(context.layout.full_bytes(), meter),
        table_(BlockWalk(sequence_, Blocks(context.package, window.block), window.keeps_blocks),
               window.slots, static_cast<int>(PartsOfLoaders(threads).size()), meter,
               context.layout.bytes()) {
    for (const Parts& parts : PartsOfLoaders(threads)) {
      loaders_.emplace_back([this, parts, threads] { Load(parts, threads); });
    }
  }

  ~WindowReader() override {
    stop_ = true;
    table_.Stop();
  }

  SourceFrame Next() override {
    const int frame = NextFrame(sequence_, position_);
    if (position_ == visit_.end) EnterNextVisit();
    const int64_t load = visit_.LoadOf(frame);
    const LoadTable::Lease lease = table_.Lend(load, cancel_);
    uint8_t* const block = Block(lease.slot);
    const PictureView loaded = context_.layout.full(block);
    SourceFrame source;
    if (lease.is_exclusive) {
      source.frame = Frame(loaded, this, lease.slot);
    } else {
      const BufferPool::Buffer copy = copies_.Acquire();
      const PictureView target = context_.layout.full(copy.data);
      source.frame = Frame(target, this, slots_ * (1 + copy.number) + lease.slot);
      CopyOutside(loaded, context_.package.rectangles[static_cast<size_t>(frame)],
                  context_.package.kept.Of(frame), target);
    }
    source.frame.output_index = position_;
    source.frame.source_index = frame;
    source.face = context_.layout.face(block);
    if (IsLastUse(frame)) table_.Retire(load);
    ++position_;
    return source;
  }

 private:
  uint8_t* Block(int slot) const {
    return memory_.data() + static_cast<size_t>(slot) * context_.layout.bytes();
  }

  void EnterNextVisit() {
    if (RetiresLoads()) {
      for (int f = visit_.first; f <= visit_.last; ++f) table_.Retire(visit_.LoadOf(f));
    }
    visit_ = table_.NextVisit();
    if (!RetiresLoads()) return;
    last_uses_.assign(static_cast<size_t>(visit_.last - visit_.first) + 1, -1);
    for (int64_t i = visit_.begin; i < visit_.end; ++i) {
      last_uses_[static_cast<size_t>(sequence_.At(i) - visit_.first)] = i;
    }
  }

  /// False before the first visit, for loads that a later visit shows again, and in the last
  /// visit, after which nothing is loaded.
  bool RetiresLoads() const {
    return visit_.end > visit_.begin && !visit_.is_kept && visit_.end < sequence_.size();
  }

  bool IsLastUse(int frame) const {
    return RetiresLoads() && last_uses_[static_cast<size_t>(frame - visit_.first)] == position_;
  }

  void TakeBack(int slot) noexcept override {
    if (slot < slots_) {
      table_.GiveBack({slot, true});
    } else {
      copies_.Release(slot / slots_ - 1);
      table_.GiveBack({slot % slots_, false});
    }
  }

  /// A loader thread.
  void Load(const Parts& parts, int threads) {
    int64_t number = 0;
    try {
      std::vector<std::unique_ptr<PartLoader>> loaders;
      for (const FramePart part : parts) {
        const int decoder_threads = part == FramePart::kFull ? FullDecoderThreads(threads) : 1;
        loaders.push_back(std::make_unique<PartLoader>(
            context_, part, decoder_threads, CancelToken(&stop_), meter_, scratch_.get()));
      }
      while (const auto wanted = table_.FrameOf(number)) {
        // A window far from its keyframe takes long to reach: that needs no slot yet.
        for (const auto& loader : loaders) loader->Prepare(wanted->frame, wanted->after);
        const auto slot = table_.SlotOf(number);
        if (!slot) return;
        for (const auto& loader : loaders) loader->Store(Block(*slot));
        table_.Done(number++);
      }
    } catch (...) {
      table_.Fail(number, std::current_exception());
    }
  }

  const PartContext& context_;
  MemoryMeter& meter_;
  const std::unique_ptr<Scratch> scratch_;  ///< Null: every use is decoded
  const FrameSequence sequence_;
  const CancelToken cancel_;
  const int slots_;
  const PageMemory memory_;
  BufferPool copies_;  ///< Of frames shown again while they are lent
  LoadTable table_;
  Visit visit_;
  std::vector<int64_t> last_uses_;  ///< By frame of the visit: the last position that shows it
  int64_t position_ = 0;
  std::atomic<bool> stop_{false};
  std::vector<std::jthread> loaders_;  ///< Last: they use everything above
};

class WindowStore final : public FrameStore {
 public:
  WindowStore(std::shared_ptr<const Avatar> avatar, const StoreOptions& options)
      : avatar_(std::move(avatar)),
        layout_(PackageOf(*avatar_)),
        options_(options),
        prepared_(options.prepared),
        context_{PackageOf(*avatar_), layout_, timer_, prepared_.get()} {}

  std::unique_ptr<FrameReader> Open(const FrameReaderOptions& options) override {
    WindowSize window =
        WindowOf(*avatar_, layout_, options_, std::max(options.frames_in_flight, 1));
    std::unique_ptr<Scratch> scratch;
    // What is prepared is read back in any order as well.
    if (!prepared_ && window.block < avatar_->frame_count() && options.sequence.TurnsOrRepeats()) {
      scratch = OpenScratch(options.sequence);
    }
    // What was decoded once is read back in any order: no block need be worth a seek.
    if ((scratch || prepared_) && options_.mode == CacheMode::kStream) {
      window.block = std::min(window.block, kScratchBlock);
    }
    return std::make_unique<WindowReader>(context_, meter_, window, ThreadCount(options.threads),
                                          std::move(scratch), options);
  }

  CacheMode mode() const override { return options_.mode; }
  uint64_t peak_bytes() const override { return meter_.peak(); }
  double bytes_per_frame() const override { return static_cast<double>(layout_.bytes()); }
  std::filesystem::path prepared_file() const override { return PathOf(prepared_.get()); }
  double decode_seconds() const override { return timer_.wall_seconds(); }

 private:
  /// Null, and a message, when there is no room for one.
  std::unique_ptr<Scratch> OpenScratch(const FrameSequence& sequence) const {
    const std::filesystem::path folder = ScratchFolder();
    const auto frames =
        static_cast<uint64_t>(std::min<int64_t>(sequence.size(), sequence.frame_count));
    const uint64_t room = std::min(ScratchRoom(folder), kMostScratch) / layout_.bytes();
    const uint64_t capacity = std::min(frames, room);
    std::error_code ignored;
    std::string why = folder.string() + " has no room for " + std::to_string(kLeastScratch) +
                      " frames; TMPDIR names another folder";
    if (!std::filesystem::is_directory(folder, ignored)) {
      why = folder.string() + " is no folder; TMPDIR names another";
    }
    if (capacity >= std::min(frames, kLeastScratch)) {
      try {
        return std::unique_ptr<Scratch>(new Scratch{
            sequence, static_cast<int>(capacity), {folder, capacity * layout_.bytes()}});
      } catch (const Error& error) {
        why = error.what();
      }
    }
    if (options_.message) {
      const std::string mode = options_.mode == CacheMode::kStream ? "stream" : "chunk";
      options_.message(mode + ": frames are decoded for every use: " + why);
    }
    return nullptr;
  }

  const std::shared_ptr<const Avatar> avatar_;
  const FrameLayout layout_;
  const StoreOptions options_;
  StageTimer timer_;
  MemoryMeter meter_;
  const std::shared_ptr<PreparedFrames> prepared_;  ///< Null: frames are decoded
  const PartContext context_;
};

}  // namespace

std::unique_ptr<FrameStore> OpenWindowStore(std::shared_ptr<const Avatar> avatar,
                                            const StoreOptions& options) {
  return std::make_unique<WindowStore>(std::move(avatar), options);
}

}  // namespace mouthpiece
