// Encoded frames of the avatar, kept to splice mouths into.
#ifndef MOUTHPIECE_SINK_JPEG_CACHE_H_
#define MOUTHPIECE_SINK_JPEG_CACHE_H_

#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <unordered_map>

#include "jpeg/jpeg_background.h"
#include "mouthpiece/types.h"

namespace mouthpiece {

/// One file a source frame, as long as they fit the budget; nothing is ever dropped. Thread-safe.
class JpegCache {
 public:
  /// `budget`: most bytes held.
  explicit JpegCache(uint64_t budget) : budget_(budget) {}

  /// The file of a frame of that source whose mouth lies in the same rectangle, or null. Valid as
  /// long as the cache.
  const JpegBackground* Find(int source_index, const Rect& changed) const;
  /// Keeps a copy of `file`, or `file` itself if it is a part of `memory`, if there is none of the
  /// source yet and it fits. Returns the bytes that it takes, 0 if not.
  uint64_t Add(int source_index, const Rect& changed, std::span<const uint8_t> file,
               std::shared_ptr<const void> memory = nullptr);
  uint64_t bytes() const;

 private:
  struct Entry {
    Rect changed;
    std::unique_ptr<const JpegBackground> background;
  };

  const uint64_t budget_;
  mutable std::mutex mutex_;  ///< Guards what follows, but not the backgrounds: they never change
  std::unordered_map<int, Entry> entries_;
  uint64_t bytes_ = 0;
};

}  // namespace mouthpiece

#endif  // MOUTHPIECE_SINK_JPEG_CACHE_H_
