#include "store/part_loader.h"

namespace mouthpiece {

PartLoader::PartLoader(const PartContext& context, FramePart part, int decoder_threads,
                       CancelToken cancel, MemoryMeter& meter, Scratch* scratch)
    : context_(context),
      part_(part),
      meter_(meter),
      reader_(context, part, decoder_threads, cancel),
      scratch_(scratch) {
  if (scratch != nullptr) slots_.emplace(scratch->sequence, scratch->capacity);
}

PartLoader::~PartLoader() {
  if (passing_) meter_.Remove(PartBytes(context_.layout, part_, passing_->data()).size());
}

void PartLoader::Prepare(int frame, int64_t after) {
  frame_ = frame;
  after_ = after;
  if (slots_ && slots_->Find(frame) >= 0) return;
  if (slots_) KeepUpTo(frame, after);
  reader_.Decode(frame);
}

void PartLoader::KeepUpTo(int frame, int64_t after) {
  for (int passed = reader_.DecodingStart(frame); passed < frame; ++passed) {
    if (slots_->Find(passed) >= 0) continue;
    const int slot = slots_->Place(passed, after);
    if (slot < 0) continue;
    if (!passing_) {
      passing_.emplace(context_.layout.bytes());  // only this part of it is ever touched
      meter_.Add(PartBytes(context_.layout, part_, passing_->data()).size());
    }
    reader_.Read(passed, passing_->data());
    Write(slot, passing_->data());
  }
}

void PartLoader::Store(uint8_t* block) {
  const int held = slots_ ? slots_->Find(frame_) : -1;
  if (held >= 0) {
    const StageTimer::Scope scope(context_.timer);
    const auto bytes = PartBytes(context_.layout, part_, block);
    const auto offset = static_cast<uint64_t>(bytes.data() - block);
    scratch_->file.Read(static_cast<uint64_t>(held) * context_.layout.bytes() + offset, bytes);
    return;
  }
  reader_.Store(block);
  const int slot = slots_ ? slots_->Place(frame_, after_) : -1;
  if (slot >= 0) Write(slot, block);
}

void PartLoader::Write(int slot, uint8_t* block) {
  const StageTimer::Scope scope(context_.timer);
  const auto bytes = PartBytes(context_.layout, part_, block);
  const auto offset = static_cast<uint64_t>(bytes.data() - block);
  scratch_->file.Write(static_cast<uint64_t>(slot) * context_.layout.bytes() + offset, bytes);
}

}  // namespace mouthpiece
