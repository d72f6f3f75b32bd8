#include "picture_format.h"

#include <algorithm>
#include <array>

namespace mouthpiece::fuzz {
namespace {

constexpr std::array<uint8_t, 8> kPngMark{0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
constexpr uint8_t kScan = 0xda;
constexpr uint8_t kStart = 0xd8;
constexpr uint8_t kEnd = 0xd9;

uint32_t PngCrc(ByteSpan bytes) {
  uint32_t crc = ~uint32_t{0};
  for (const uint8_t byte : bytes) {
    crc ^= byte;
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ ((crc & 1) != 0 ? 0xedb88320 : 0);
  }
  return ~crc;
}

std::vector<Bytes> SplitPng(ByteSpan file) {
  std::vector<Bytes> pieces;
  if (file.size() < kPngMark.size()) return pieces;
  file = file.subspan(kPngMark.size());
  while (file.size() >= 12) {
    const size_t length = std::min<size_t>(BigEndian32(file, 0), file.size() - 12);
    pieces.emplace_back(file.begin() + 4, file.begin() + static_cast<ptrdiff_t>(8 + length));
    file = file.subspan(12 + length);
  }
  return pieces;
}

Bytes JoinPng(std::span<const Bytes> pieces) {
  Bytes file(kPngMark.begin(), kPngMark.end());
  for (const Bytes& piece : pieces) {
    if (piece.size() < 4) continue;
    AppendBigEndian32(file, static_cast<uint32_t>(piece.size() - 4));
    Append(file, piece);
    AppendBigEndian32(file, PngCrc(piece));
  }
  return file;
}

bool HasNoLength(uint8_t marker) {
  return marker == 1 || (marker >= 0xd0 && marker <= kEnd) || marker == kScan;
}

std::vector<Bytes> SplitJpeg(ByteSpan file) {
  std::vector<Bytes> pieces;
  size_t at = 0;
  while (at + 2 <= file.size() && file[at] == 0xff) {
    const uint8_t marker = file[at + 1];
    size_t begin = at + 2;
    size_t end = begin;
    if (marker == kScan) {  // up to the next marker that is no restart
      while (end < file.size() && !(file[end] == 0xff && end + 1 < file.size() &&
                                    file[end + 1] != 0 && (file[end + 1] & 0xf8) != 0xd0)) {
        ++end;
      }
    } else if (!HasNoLength(marker)) {
      if (begin + 2 > file.size()) break;
      const size_t length = BigEndian32(file, begin) >> 16;
      end = std::min(file.size(), begin + std::max<size_t>(2, length));
      begin += 2;
    }
    Bytes piece{marker};
    Append(piece, file.subspan(begin, end - begin));
    pieces.push_back(std::move(piece));
    at = end;
  }
  return pieces;
}

Bytes JoinJpeg(std::span<const Bytes> pieces) {
  Bytes file;
  for (const Bytes& piece : pieces) {
    if (piece.empty()) continue;
    file.push_back(0xff);
    file.push_back(piece[0]);
    if (!HasNoLength(piece[0])) {
      const size_t length = piece.size() + 1;
      file.push_back(static_cast<uint8_t>(length >> 8));
      file.push_back(static_cast<uint8_t>(length));
    }
    Append(file, ByteSpan(piece).subspan(1));
  }
  // What is mutated most would otherwise be the mark by which files are known.
  if (file.size() >= 2) file[1] = kStart;
  return file;
}

}  // namespace

const Format kPng{SplitPng, JoinPng, 4};
const Format kJpeg{SplitJpeg, JoinJpeg, 1};

}  // namespace mouthpiece::fuzz
