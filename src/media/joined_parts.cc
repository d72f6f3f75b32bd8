#include "media/joined_parts.h"

#include <algorithm>
#include <array>
#include <bit>
#include <fstream>
#include <string_view>

namespace mouthpiece::media {
namespace {

enum class Kind { kWav, kAiff, kMp4, kMatroska, kWave64, kCaf, kAsf };

constexpr size_t kHeadBytes = 24;  // those of the longest
constexpr int64_t kLeastBytes = 12;
constexpr int64_t kChunkBytes = 8;

// Matroska's elements, the header and what follows it.
constexpr std::string_view kEbml = "\x1a\x45\xdf\xa3";
constexpr std::string_view kSegment = "\x18\x53\x80\x67";

// What begins files whose parts have names of 16 bytes, the first four of them.
constexpr std::string_view kWave64 = "riff";
constexpr std::string_view kAsf = "\x30\x26\xb2\x75";
constexpr std::string_view kCaf("caff\0\1\0\0", 8);

using Head = std::array<char, kHeadBytes>;

std::optional<Head> ReadHead(std::ifstream& file, int64_t at) {
  Head head{};
  file.clear();
  file.seekg(at);
  file.read(head.data(), kHeadBytes);
  if (file.gcount() < kLeastBytes) return std::nullopt;
  return head;
}

std::string_view Text(const Head& head, size_t at) { return {head.data() + at, 4}; }

/// `bytes` of them from `at` on, at most 8, the most significant one first or last; at most 2^62,
/// which is behind the end of any file.
int64_t Number(const Head& head, size_t at, size_t bytes, bool is_little) {
  constexpr uint64_t kMost = uint64_t{1} << 62;
  uint64_t number = 0;
  for (size_t i = 0; i < bytes; ++i) {
    number = number << 8 | static_cast<unsigned char>(head[at + (is_little ? bytes - 1 - i : i)]);
  }
  return static_cast<int64_t>(std::min(number, kMost));
}

std::optional<Kind> KindOf(const Head& head) {
  if (Text(head, 0) == "RIFF" && Text(head, 8) == "WAVE") return Kind::kWav;
  if (Text(head, 0) == "FORM" && (Text(head, 8) == "AIFF" || Text(head, 8) == "AIFC")) {
    return Kind::kAiff;
  }
  if (Text(head, 4) == "ftyp") return Kind::kMp4;
  if (Text(head, 0) == kEbml) return Kind::kMatroska;
  if (Text(head, 0) == kWave64 && Number(head, 4, 4, true) == 0x11cf912e) return Kind::kWave64;
  if (Text(head, 0) == kAsf && Number(head, 4, 4, true) == 0x11cf668e) return Kind::kAsf;
  if (std::string_view(head.data(), kCaf.size()) == kCaf) return Kind::kCaf;
  return std::nullopt;
}

bool IsKind(std::ifstream& file, int64_t at, Kind kind) {
  const std::optional<Head> head = ReadHead(file, at);
  return head && KindOf(*head) == kind;
}

/// Where the next file of `kind` begins behind the chunk at `start`.
std::optional<int64_t> NextChunk(std::ifstream& file, const Head& head, Kind kind, int64_t start) {
  const int64_t size = Number(head, 4, 4, kind == Kind::kWav);
  // 0 and the largest number stand for a size that was not known.
  if (size < kLeastBytes - kChunkBytes) return std::nullopt;
  const int64_t end = start + kChunkBytes + size;
  // Chunks have even sizes, but not all writers know.
  for (const int64_t next : {end + (end - start) % 2, end}) {
    if (IsKind(file, next, kind)) return next;
  }
  return std::nullopt;
}

/// The size of one of the parts that a file of `kind` consists of, header and all, by its header.
int64_t SizeOfPart(const Head& head, Kind kind) {
  constexpr int64_t kGuids = 16;
  constexpr int64_t kCafHeader = 8;
  constexpr int64_t kCafChunk = 12;
  if (kind == Kind::kCaf) {
    return KindOf(head) == kind ? kCafHeader : kCafChunk + Number(head, 4, 8, false);
  }
  if (kind == Kind::kAsf || kind == Kind::kWave64) return Number(head, kGuids, 8, true);
  const int64_t size = Number(head, 0, 4, false);
  return size == 1 ? Number(head, 8, 8, false) : size;
}

/// Where the next file of `kind` begins that is a row of parts, behind the one at `start`.
std::optional<int64_t> NextInRow(std::ifstream& file, Kind kind, int64_t start, int64_t end) {
  constexpr int kMostParts = 1 << 20;
  constexpr int64_t kSmallest = 8;
  int64_t at = start;
  for (int parts = 0; parts < kMostParts && at <= end - kSmallest; ++parts) {
    const std::optional<Head> head = ReadHead(file, at);
    if (!head) return std::nullopt;
    if (at > start && KindOf(*head) == kind) return at;
    const int64_t size = SizeOfPart(*head, kind);
    if (size < kSmallest || size > end - at) return std::nullopt;
    // Files of 16 byte names have sizes of 8 bytes, and room to the next multiple of that.
    at += kind == Kind::kWave64 ? (size + 7) / 8 * 8 : size;
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
  switch (*kind) {
    case Kind::kWav:
    case Kind::kAiff:
      return NextChunk(file, *head, *kind, start);
    case Kind::kMatroska:
      return NextMatroska(file, start);
    case Kind::kMp4:
    case Kind::kCaf:
    case Kind::kAsf:
    case Kind::kWave64:
      return NextInRow(file, *kind, start, end);
  }
  return std::nullopt;
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
