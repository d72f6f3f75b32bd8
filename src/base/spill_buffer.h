// Bytes that grow, in memory at first and then in a scratch file.
#ifndef MOUTHPIECE_BASE_SPILL_BUFFER_H_
#define MOUTHPIECE_BASE_SPILL_BUFFER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/scratch_file.h"

namespace mouthpiece {

/// Bytes that are appended, a few or many at a time, and read back at any place. Once nothing is
/// appended any more, any number of threads may read.
class SpillBuffer {
 public:
  /// Keeps the first `most_in_memory` bytes in memory, in blocks that are taken as they fill. The
  /// scratch file for the rest, made in ScratchFolder() when there is a rest, is "for `content`".
  SpillBuffer(uint64_t most_in_memory, std::string content);

  /// Throws Error (kIo) when there is no room for them.
  void Append(std::span<const uint8_t> bytes);
  /// All of `bytes` were appended before.
  void Read(uint64_t offset, std::span<uint8_t> bytes) const;
  uint64_t size() const { return size_; }

 private:
  static constexpr size_t kBlockBytes = size_t{1} << 20;

  const uint64_t most_in_memory_;
  const std::string content_;
  uint64_t size_ = 0;
  std::vector<std::unique_ptr<uint8_t[]>> blocks_;  ///< Bytes [0, most_in_memory)
  std::optional<ScratchFile> file_;                 ///< What follows
};

}  // namespace mouthpiece

#endif  // MOUTHPIECE_BASE_SPILL_BUFFER_H_
