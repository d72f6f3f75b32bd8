// An encoded frame, cut into the segments between its restart markers.
#ifndef MOUTHPIECE_JPEG_JPEG_BACKGROUND_H_
#define MOUTHPIECE_JPEG_JPEG_BACKGROUND_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace mouthpiece {

/// Bytes of a restart marker and of the marker that ends an image.
inline constexpr size_t kMarkerBytes = 2;

/// The bytes ahead of the entropy-coded data of a baseline file.
struct JpegHeader {
  size_t bytes = 0;    ///< How many
  size_t size_at = 0;  ///< Where the height is, in two bytes; the width follows
};
/// Throws Error.
JpegHeader ReadHeader(std::span<const uint8_t> file);

/// Finds the entropy-coded segments of a baseline JPEG file of one scan that was made with restart
/// intervals. Segment i is [starts[i], starts[i + 1] - kMarkerBytes): a marker follows each.
/// `starts` gets one entry more than there are segments and keeps its memory. Throws Error.
void FindSegments(std::span<const uint8_t> file, std::vector<uint32_t>& starts);

/// A whole file and where its segments begin; what splicing takes the untouched ones from.
/// Immutable, so threads may share it.
class JpegBackground {
 public:
  JpegBackground() = default;
  /// Copies `file`.
  explicit JpegBackground(std::span<const uint8_t> file) : JpegBackground(file, nullptr) {}
  /// `file` is a part of `memory`; null: it is copied.
  JpegBackground(std::span<const uint8_t> file, std::shared_ptr<const void> memory)
      : memory_(std::move(memory)) {
    if (memory_ == nullptr) copy_.assign(file.begin(), file.end());
    file_ = memory_ == nullptr ? copy_ : file;
    FindSegments(file_, starts_);
    starts_.shrink_to_fit();
  }
  JpegBackground(const JpegBackground&) = delete;
  JpegBackground& operator=(const JpegBackground&) = delete;

  std::span<const uint8_t> file() const { return file_; }
  std::span<const uint32_t> starts() const { return starts_; }
  /// Bytes of memory of its own.
  size_t bytes() const { return copy_.capacity() + starts_.capacity() * sizeof(uint32_t); }

 private:
  std::vector<uint8_t> copy_;
  std::shared_ptr<const void> memory_;
  std::span<const uint8_t> file_;
  std::vector<uint32_t> starts_;
};

}  // namespace mouthpiece

#endif  // MOUTHPIECE_JPEG_JPEG_BACKGROUND_H_
