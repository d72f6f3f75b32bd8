#include "sink/jpeg_cache.h"

#include <utility>

namespace mouthpiece {

const JpegBackground* JpegCache::Find(int source_index, const Rect& changed) const {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(source_index);
  if (found == entries_.end() || found->second.changed != changed) return nullptr;
  return found->second.background.get();
}

uint64_t JpegCache::Add(int source_index, const Rect& changed, std::span<const uint8_t> file,
                        std::shared_ptr<const void> memory) {
  {  // Most that cannot be kept is not even copied.
    const std::lock_guard lock(mutex_);
    if (memory == nullptr && file.size() > budget_ - bytes_) return 0;
    if (entries_.contains(source_index)) return 0;
  }
  auto background = std::make_unique<const JpegBackground>(file, std::move(memory));
  const uint64_t bytes = background->bytes();
  const std::lock_guard lock(mutex_);
  if (bytes > budget_ - bytes_) return 0;
  if (!entries_.try_emplace(source_index, Entry{changed, std::move(background)}).second) return 0;
  bytes_ += bytes;
  return bytes;
}

uint64_t JpegCache::bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

}  // namespace mouthpiece
