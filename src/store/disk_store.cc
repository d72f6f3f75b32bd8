#include "store/disk_store.h"

#include <utility>

#include "avatar/package.h"
#include "store/frame_layout.h"
#include "store/memory.h"
#include "store/part_reader.h"

namespace mouthpiece {
namespace {

class DiskReader final : public FrameReader, private FrameOwner {
 public:
  DiskReader(const PartContext& context, MemoryMeter& meter, const FrameReaderOptions& options)
      : context_(context),
        sequence_(options.sequence),
        cancel_(options.cancel),
        blocks_(context.layout.bytes(), meter) {}

  SourceFrame Next() override {
    const int frame = NextFrame(sequence_, position_);
    const BufferPool::Buffer block = blocks_.Acquire();
    SourceFrame source;
    source.frame = Frame(context_.layout.full(block.data), this, block.number);
    for (const FramePart part : kFrameParts) {
      PartReader(context_, part, 1, cancel_).Read(frame, block.data);
    }
    source.frame.output_index = position_++;
    source.frame.source_index = frame;
    source.face = context_.layout.face(block.data);
    return source;
  }

 private:
  void TakeBack(int slot) noexcept override { blocks_.Release(slot); }

  const PartContext& context_;
  const FrameSequence sequence_;
  const CancelToken cancel_;
  BufferPool blocks_;
  int64_t position_ = 0;
};

class DiskStore final : public FrameStore {
 public:
  explicit DiskStore(std::shared_ptr<const Avatar> avatar)
      : avatar_(std::move(avatar)),
        layout_(PackageOf(*avatar_)),
        context_{PackageOf(*avatar_), layout_, timer_} {}

  std::unique_ptr<FrameReader> Open(const FrameReaderOptions& options) override {
    return std::make_unique<DiskReader>(context_, meter_, options);
  }

  CacheMode mode() const override { return CacheMode::kDisk; }
  uint64_t peak_bytes() const override { return meter_.peak(); }
  double bytes_per_frame() const override { return static_cast<double>(layout_.bytes()); }
  double decode_seconds() const override { return timer_.wall_seconds(); }

 private:
  const std::shared_ptr<const Avatar> avatar_;
  const FrameLayout layout_;
  StageTimer timer_;
  MemoryMeter meter_;
  const PartContext context_;
};

}  // namespace

std::unique_ptr<FrameStore> OpenDiskStore(std::shared_ptr<const Avatar> avatar) {
  return std::make_unique<DiskStore>(std::move(avatar));
}

}  // namespace mouthpiece
