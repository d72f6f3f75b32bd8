#include "media/wav_parts.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <fstream>

namespace mouthpiece::media {
namespace {

constexpr int64_t kHeadBytes = 12;
constexpr int64_t kChunkBytes = 8;

/// The end of the RIFF/WAVE chunk that begins at `start`; none if there is no such chunk.
std::optional<int64_t> EndOfWav(std::ifstream& file, int64_t start) {
  std::array<char, kHeadBytes> head{};
  file.seekg(start);
  if (!file.read(head.data(), kHeadBytes) || std::memcmp(head.data(), "RIFF", 4) != 0 ||
      std::memcmp(head.data() + 8, "WAVE", 4) != 0) {
    return std::nullopt;
  }
  int64_t size = 0;
  for (size_t i = 0; i < 4; ++i) {
    size |= static_cast<int64_t>(static_cast<unsigned char>(head[4 + i])) << (8 * i);
  }
  // 0 and the largest number stand for a size that was not known.
  if (size < kHeadBytes - kChunkBytes) return std::nullopt;
  return start + kChunkBytes + size;
}

}  // namespace

std::optional<WavPart> WavPartAfter(const std::filesystem::path& path, int64_t start) {
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(path, ignored)) return std::nullopt;
  std::ifstream file(path, std::ios::binary);
  const std::optional<int64_t> end = EndOfWav(file, start);
  if (!end) return std::nullopt;
  // Chunks have even sizes, but not all writers know.
  for (const int64_t next : {*end + (*end - start) % 2, *end}) {
    file.clear();
    if (const std::optional<int64_t> next_end = EndOfWav(file, next)) {
      const auto size = static_cast<int64_t>(std::filesystem::file_size(path, ignored));
      return WavPart{next, std::min(*next_end, size)};
    }
  }
  return std::nullopt;
}

}  // namespace mouthpiece::media
