#include "store/patch_store.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <span>
#include <utility>
#include <vector>

#include "avatar/package.h"
#include "image/packed_plane.h"
#include "store/memory.h"
#include "store/preload.h"
#include "store/prepared_backgrounds.h"
#include "store/prepared_frames.h"
#include "store/thread_count.h"

namespace mouthpiece {
namespace {

/// Makes what will be overwritten even: it then takes next to no bytes.
void Blank(const PictureView& picture, const Rect& rect, const KeptRuns& kept) {
  for (int p = 0; p < 3; ++p) {
    const Plane plane = PlaneAtRuns(picture, rect, p);
    ForEachGap(kept.of(p), CoveredSamples(rect, p), [&plane](int row, int begin, int end) {
      std::memset(plane.row(row) + begin, 0, static_cast<size_t>(end - begin));
    });
  }
}

void PackPicture(const PictureView& picture, std::vector<uint8_t>& packed) {
  for (const Plane& plane : picture.planes) PackPlane(plane, packed);
  packed.resize(packed.size() + kPackedPadding);
  packed.shrink_to_fit();
}

void UnpackPicture(const std::vector<uint8_t>& packed, const PictureView& picture) {
  const uint8_t* from = packed.data();
  for (const Plane& plane : picture.planes) from = UnpackPlane(from, plane);
}

class PatchStore final : public FrameStore {
 public:
  PatchStore(std::shared_ptr<const Avatar> avatar, const StoreOptions& options,
             const FrameSequence& needed)
      : avatar_(std::move(avatar)),
        keeper_(options.keeper),
        backgrounds_(options.backgrounds),
        layout_(PackageOf(*avatar_)),
        patch_layout_(PatchLayout(*avatar_, *keeper_)),
        prepared_(options.prepared),
        context_{PackageOf(*avatar_), layout_, timer_, prepared_.get()},
        needed_(needed),
        records_(needed_.frames.size()),
        whole_(layout_.bytes(), meter_),
        preload_(context_, needed_, ThreadCount(options.threads),
                 [this](size_t i, FramePart part, PartReader& reader) { Keep(i, part, reader); }) {}

  std::unique_ptr<FrameReader> Open(const FrameReaderOptions& options) override;

  CacheMode mode() const override { return CacheMode::kRam; }
  uint64_t peak_bytes() const override { return meter_.peak(); }
  double bytes_per_frame() const override {
    return static_cast<double>(kept_bytes_) / static_cast<double>(records_.size());
  }
  std::filesystem::path prepared_file() const override { return PathOf(prepared_.get()); }
  double decode_seconds() const override { return timer_.wall_seconds(); }
  double preload_seconds() const override { return preload_.seconds(); }

 private:
  friend class PatchReader;

  /// By part: packed samples, the ring as it is; empty where it is prepared.
  using Record = std::array<std::vector<uint8_t>, kFrameParts.size()>;

  static const std::vector<uint8_t>& Of(const Record& record, FramePart part) {
    return record[static_cast<size_t>(part)];
  }

  const Rect& RectOf(int frame) const { return avatar_->rectangles()[static_cast<size_t>(frame)]; }

  /// The block of a frame of which the part is prepared; null: it is not.
  uint8_t* PreparedBlock(int frame, FramePart part) const {
    const bool is_there = prepared_ != nullptr && prepared_->IsWhole(frame, part);
    return is_there ? prepared_->block(frame) : nullptr;
  }

  void Keep(size_t i, FramePart part, PartReader& reader) {
    if (uint8_t* const block = PreparedBlock(needed_.frames[i], part)) {
      // Samples are where they are.
      if (part == FramePart::kFull) {
        Count(KeepBackground(needed_.frames[i], layout_.full(block)));
      }
      return;
    }
    const BufferPool::Buffer whole = whole_.Acquire();
    reader.Store(whole.data);
    std::vector<uint8_t>& packed = records_[i][static_cast<size_t>(part)];
    uint64_t bytes = 0;
    if (part == FramePart::kFull) {
      const int frame = needed_.frames[i];
      const PictureView picture = layout_.full(whole.data);
      bytes = KeepBackground(frame, picture);
      Blank(picture, RectOf(frame), PackageOf(*avatar_).kept.Of(frame));
      PackPicture(PartOf(picture, keeper_->PartAround(RectOf(frame))), packed);
    } else if (part == FramePart::kRing) {
      const auto ring = PartBytes(layout_, part, whole.data);
      packed.assign(ring.begin(), ring.end());
    } else {
      PackPicture(part == FramePart::kRoi ? layout_.roi(whole.data) : layout_.masked(whole.data),
                  packed);
    }
    whole_.Release(whole.number);
    Count(bytes + packed.capacity());
  }

  void Count(uint64_t bytes) {
    meter_.Add(bytes);
    kept_bytes_ += bytes;
  }

  uint64_t KeepBackground(int frame, ConstPictureView picture) {
    const std::span<const uint8_t> form =
        backgrounds_ ? backgrounds_->Of(frame) : std::span<const uint8_t>();
    if (form.empty()) return keeper_->Keep(frame, RectOf(frame), picture);
    return keeper_->KeepForm(frame, RectOf(frame), form, backgrounds_);
  }

  const std::shared_ptr<const Avatar> avatar_;
  const std::shared_ptr<BackgroundKeeper> keeper_;
  const std::shared_ptr<const PreparedBackgrounds> backgrounds_;  ///< Null: there are none
  const FrameLayout layout_;        ///< Of a frame on its way through Keep()
  const FrameLayout patch_layout_;  ///< Of a lent one
  StageTimer timer_;
  MemoryMeter meter_;
  const std::shared_ptr<PreparedFrames> prepared_;  ///< Null: frames are decoded
  const PartContext context_;
  const Needed needed_;
  std::vector<Record> records_;
  std::atomic<uint64_t> kept_bytes_{0};
  BufferPool whole_;
  Preload preload_;  ///< Last: its threads use everything above
};

class PatchReader final : public FrameReader, private FrameOwner {
 public:
  PatchReader(PatchStore& store, const FrameReaderOptions& options)
      : store_(store),
        sequence_(options.sequence),
        cancel_(options.cancel),
        blocks_(store.patch_layout_.bytes(), store.meter_) {}

  SourceFrame Next() override {
    cancel_.ThrowIfCancelled();
    const int frame = NextFrame(sequence_, position_);
    const size_t i = store_.needed_.Find(frame);
    store_.preload_.WaitFor(i, cancel_);
    const StageTimer::Scope scope(store_.timer_);
    const PatchStore::Record& record = store_.records_[i];
    const FrameLayout& layout = store_.patch_layout_;
    const BufferPool::Buffer block = blocks_.Acquire();
    const Rect part = store_.keeper_->PartAround(store_.RectOf(frame));
    SourceFrame source;
    source.frame = Frame(PartOf(layout.full(block.data), {0, 0, part.width(), part.height()}), this,
                         block.number);
    source.frame.part = part;
    source.frame.output_index = position_++;
    source.frame.source_index = frame;
    source.face = layout.face(block.data);
    for (const FramePart kind : kFrameParts) {
      const std::vector<uint8_t>& packed = PatchStore::Of(record, kind);
      if (packed.empty()) {
        CopyPrepared(frame, kind, source.frame, block.data);
      } else if (kind == FramePart::kRing) {
        std::ranges::copy(packed, layout.ring(block.data));
      } else {
        UnpackPicture(packed, kind == FramePart::kFull  ? source.frame.picture()
                              : kind == FramePart::kRoi ? layout.roi(block.data)
                                                        : layout.masked(block.data));
      }
    }
    return source;
  }

 private:
  void CopyPrepared(int frame, FramePart kind, const Frame& part, uint8_t* block) const {
    uint8_t* const prepared = store_.prepared_->block(frame);
    if (kind == FramePart::kFull) {
      CopyPicture(PartOf(store_.layout_.full(prepared), part.part), part.picture());
    } else {
      std::ranges::copy(PartBytes(store_.layout_, kind, prepared),
                        PartBytes(store_.patch_layout_, kind, block).begin());
    }
  }

  void TakeBack(int slot) noexcept override { blocks_.Release(slot); }

  PatchStore& store_;
  const FrameSequence sequence_;
  const CancelToken cancel_;
  BufferPool blocks_;
  int64_t position_ = 0;
};

std::unique_ptr<FrameReader> PatchStore::Open(const FrameReaderOptions& options) {
  return std::make_unique<PatchReader>(*this, options);
}

}  // namespace

FrameLayout PatchLayout(const Avatar& avatar, const BackgroundKeeper& keeper) {
  int width = 1;
  int height = 1;
  for (const Rect& rect : avatar.rectangles()) {
    const Rect part = keeper.PartAround(rect);
    width = std::max(width, part.width());
    height = std::max(height, part.height());
  }
  return FrameLayout(PackageOf(avatar), width, height);
}

std::unique_ptr<FrameStore> OpenPatchStore(std::shared_ptr<const Avatar> avatar,
                                           const StoreOptions& options,
                                           const FrameSequence& needed) {
  return std::make_unique<PatchStore>(std::move(avatar), options, needed);
}

}  // namespace mouthpiece
