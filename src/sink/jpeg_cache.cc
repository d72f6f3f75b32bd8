#include "sink/jpeg_cache.h"

#include <utility>

namespace mouthpiece {

const JpegBackground* JpegCache::Find(int source_index, const Rect& changed) const {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(source_index);
  if (found == entries_.end() || found->second.changed != changed) return nullptr;
  return found->second.background.get();
}

void JpegCache::Add(int source_index, const Rect& changed, std::span<const uint8_t> file) {
  {  // Most that cannot be kept is not even copied.
    const std::lock_guard lock(mutex_);
    if (bytes_ + file.size() > budget_ || entries_.contains(source_index)) return;
  }
  auto background = std::make_unique<const JpegBackground>(file);
  const uint64_t bytes = background->bytes();
  const std::lock_guard lock(mutex_);
  if (bytes_ + bytes > budget_) return;
  if (entries_.try_emplace(source_index, changed, std::move(background)).second) bytes_ += bytes;
}

uint64_t JpegCache::bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

}  // namespace mouthpiece
