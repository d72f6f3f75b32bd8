// WAV files that were joined byte by byte.
#ifndef MOUTHPIECE_MEDIA_WAV_PARTS_H_
#define MOUTHPIECE_MEDIA_WAV_PARTS_H_

#include <cstdint>
#include <filesystem>
#include <optional>

namespace mouthpiece::media {

/// Where in a file a WAV file lies, header and all.
struct WavPart {
  int64_t start = 0;
  int64_t end = 0;
};

/// The WAV file that begins where the one at `start` says that it ends, if there is one. Only
/// regular files are looked at.
std::optional<WavPart> WavPartAfter(const std::filesystem::path& path, int64_t start);

}  // namespace mouthpiece::media

#endif  // MOUTHPIECE_MEDIA_WAV_PARTS_H_
