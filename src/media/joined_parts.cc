#include "media/joined_parts.h"

#include <array>
#include <bit>
#include <fstream>
#include <string_view>

namespace mouthpiece::media {
namespace {

enum class Kind { kWav, kAiff, kMp4, kMatroska };

constexpr size_t kHeadBytes = 12;
constexpr int64_t kChunkBytes = 8;

// Matroska's elements, the header and what follows it.
constexpr std::string_view kEbml = "\x1a\x45\xdf\xa3";
constexpr std::string_view kSegment = "\x18\x53\x80\x67";

using Head = std::array<char, kHeadBytes>;

std::optional<Head> ReadHead(std::ifstream& file, int64_t at) {
  Head head{};
  file.clear();
  file.seekg(at);
  if (!file.read(head.data(), kHeadBytes)) return std::nullopt;
  return head;
}

std::string_view Text(const Head& head, size_t at) { return {head.data() + at, 4}; }

std::optional<Kind> KindOf(const Head& head) {
  if (Text(head, 0) == "RIFF" && Text(head, 8) == "WAVE") return Kind::kWav;
  if (Text(head, 0) == "FORM" && (Text(head, 8) == "AIFF" || Text(head, 8) == "AIFC")) {
    return Kind::kAiff;
  }
  if (Text(head, 4) == "ftyp") return Kind::kMp4;
  if (Text(head, 0) == kEbml) return Kind::kMatroska;
  return std::nullopt;
}

/// Four bytes from `at` on, the most significant one first or last.
int64_t Number(const Head& head, size_t at, bool is_little) {
  int64_t number = 0;
  for (size_t i = 0; i < 4; ++i) {
    number = number << 8 | static_cast<unsigned char>(head[at + (is_little ? 3 - i : i)]);
  }
  return number;
}

bool IsKind(std::ifstream& file, int64_t at, Kind kind) {
  const std::optional<Head> head = ReadHead(file, at);
  return head && KindOf(*head) == kind;
}

/// Where the next file of `kind` begins behind the chunk at `start`.
std::optional<int64_t> NextChunk(std::ifstream& file, const Head& head, Kind kind, int64_t start) {
  const int64_t size = Number(head, 4, kind == Kind::kWav);
  // 0 and the largest number stand for a size that was not known.
  if (size < static_cast<int64_t>(kHeadBytes) - kChunkBytes) return std::nullopt;
  const int64_t end = start + kChunkBytes + size;
  // Chunks have even sizes, but not all writers know.
  for (const int64_t next : {end + (end - start) % 2, end}) {
    if (IsKind(file, next, kind)) return next;
  }
  return std::nullopt;
}

/// Where the next box "ftyp" of the outermost begins, behind the one at `start`.
std::optional<int64_t> NextMp4(std::ifstream& file, int64_t start, int64_t end) {
  constexpr int kMostBoxes = 1 << 20;
  constexpr int64_t kSmallest = 8;
  int64_t at = start;
  for (int boxes = 0; boxes < kMostBoxes && at <= end - kSmallest; ++boxes) {
    const std::optional<Head> head = ReadHead(file, at);
    if (!head) return std::nullopt;
    if (at > start && KindOf(*head) == Kind::kMp4) return at;
    int64_t size = Number(*head, 0, false);
    if (size == 1) {
      // Files of more than 2^32 bytes: the upper half of the size that follows is small.
      const std::optional<Head> rest = ReadHead(file, at + 4);
      if (!rest) return std::nullopt;
      size = Number(*rest, 4, false) << 32 | Number(*rest, 8, false);
    }
    if (size < kSmallest || size > end - at) return std::nullopt;
    at += size;
  }
  return std::nullopt;
}

/// The end of Matroska's element `name` at `at`; none if it is another or does not know its size.
std::optional<int64_t> EndOfElement(std::ifstream& file, int64_t at, std::string_view name) {
  constexpr int kMostBytes = 8;
  const std::optional<Head> head = ReadHead(file, at);
  if (!head || Text(*head, 0) != name) return std::nullopt;
  const auto byte = [&](int i) {
    return static_cast<uint8_t>((*head)[static_cast<size_t>(4 + i)]);
  };
  const int bytes = std::countl_zero(byte(0)) + 1;
  if (bytes > kMostBytes) return std::nullopt;
  int64_t size = byte(0) & (0xff >> bytes);
  for (int i = 1; i < bytes; ++i) size = size << 8 | byte(i);
  if (size == (int64_t{1} << (7 * bytes)) - 1) return std::nullopt;
  return at + 4 + bytes + size;
}

std::optional<int64_t> NextMatroska(std::ifstream& file, int64_t start) {
  const std::optional<int64_t> header_end = EndOfElement(file, start, kEbml);
  if (!header_end) return std::nullopt;
  const std::optional<int64_t> end = EndOfElement(file, *header_end, kSegment);
  if (!end || !IsKind(file, *end, Kind::kMatroska)) return std::nullopt;
  return end;
}

std::optional<int64_t> Next(std::ifstream& file, int64_t start, int64_t end) {
  const std::optional<Head> head = ReadHead(file, start);
  const std::optional<Kind> kind = head ? KindOf(*head) : std::nullopt;
  if (!kind) return std::nullopt;
  if (*kind == Kind::kMp4) return NextMp4(file, start, end);
  if (*kind == Kind::kMatroska) return NextMatroska(file, start);
  return NextChunk(file, *head, *kind, start);
}

}  // namespace

std::optional<JoinedPart> JoinedPartAfter(const std::filesystem::path& path, int64_t start) {
  std::error_code code;
  if (!std::filesystem::is_regular_file(path, code)) return std::nullopt;
  const auto end = static_cast<int64_t>(std::filesystem::file_size(path, code));
  std::ifstream file(path, std::ios::binary);
  if (code || !file) return std::nullopt;
  const std::optional<int64_t> next = Next(file, start, end);
  if (!next || *next >= end) return std::nullopt;
  return JoinedPart{*next, Next(file, *next, end).value_or(end)};
}

}  // namespace mouthpiece::media
