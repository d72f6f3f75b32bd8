// Files that were joined byte by byte, of formats that say where they end.
#ifndef MOUTHPIECE_MEDIA_JOINED_PARTS_H_
#define MOUTHPIECE_MEDIA_JOINED_PARTS_H_

#include <cstdint>
#include <filesystem>
#include <optional>

namespace mouthpiece::media {

/// Where in a file another one lies, header and all.
struct JoinedPart {
  int64_t start = 0;
  int64_t end = 0;

  bool operator==(const JoinedPart&) const = default;
};

/// The WAV, W64, AIFF, CAF, MP4, Matroska or ASF file that begins where the one at `start`, of the
/// same kind, ends, if there is one. Only regular files are looked at.
std::optional<JoinedPart> JoinedPartAfter(const std::filesystem::path& path, int64_t start);

}  // namespace mouthpiece::media

#endif  // MOUTHPIECE_MEDIA_JOINED_PARTS_H_
