#include "base/spill_buffer.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace mouthpiece {

SpillBuffer::SpillBuffer(uint64_t most_in_memory, std::string content)
    : most_in_memory_(most_in_memory), content_(std::move(content)) {}

void SpillBuffer::Append(std::span<const uint8_t> bytes) {
  while (!bytes.empty() && size_ < most_in_memory_) {
    const uint64_t place = size_ % kBlockBytes;
    if (place == 0) blocks_.push_back(std::make_unique_for_overwrite<uint8_t[]>(kBlockBytes));
    const uint64_t room = std::min(kBlockBytes - place, most_in_memory_ - size_);
    const size_t count = std::min<size_t>(bytes.size(), room);
    std::memcpy(blocks_.back().get() + place, bytes.data(), count);
    bytes = bytes.subspan(count);
    size_ += count;
  }
  if (bytes.empty()) return;
  if (!file_) file_.emplace(ScratchFolder(), 0, content_);
  file_->Write(size_ - most_in_memory_, bytes);
  size_ += bytes.size();
}

void SpillBuffer::Read(uint64_t offset, std::span<uint8_t> bytes) const {
  while (!bytes.empty() && offset < most_in_memory_) {
    const uint64_t place = offset % kBlockBytes;
    const uint64_t left = std::min(kBlockBytes - place, most_in_memory_ - offset);
    const size_t count = std::min<size_t>(bytes.size(), left);
    std::memcpy(bytes.data(), blocks_[offset / kBlockBytes].get() + place, count);
    bytes = bytes.subspan(count);
    offset += count;
  }
  if (!bytes.empty()) file_->Read(offset - most_in_memory_, bytes);
}

}  // namespace mouthpiece
