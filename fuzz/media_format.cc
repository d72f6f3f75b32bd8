#include "media_format.h"

#include <algorithm>
#include <optional>
#include <string_view>

namespace mouthpiece::fuzz {
namespace {

/// Boxes that hold boxes, behind so many bytes of their own.
struct Container {
  std::string_view type;
  size_t own_bytes;
};
constexpr Container kContainers[] = {
    {"moov", 0}, {"trak", 0},  {"mdia", 0},  {"minf", 0},  {"stbl", 0},  {"edts", 0}, {"dinf", 0},
    {"udta", 0}, {"ilst", 0},  {"moof", 0},  {"traf", 0},  {"mvex", 0},  {"meta", 4}, {"stsd", 8},
    {"dref", 8}, {"avc1", 78}, {"hev1", 78}, {"hvc1", 78}, {"mp4v", 78}, {"mp4a", 28}};

std::optional<size_t> OwnBytes(std::string_view type) {
  for (const Container& container : kContainers) {
    if (container.type == type) return container.own_bytes;
  }
  return std::nullopt;
}

std::string_view Text(ByteSpan bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

void SplitBoxes(ByteSpan file, uint8_t depth, std::vector<Bytes>& pieces) {
  while (file.size() >= 8) {
    const size_t size = std::clamp<size_t>(BigEndian32(file, 0), 8, file.size());
    const ByteSpan type = file.subspan(4, 4);
    const ByteSpan content = file.subspan(8, size - 8);
    Bytes piece{depth};
    Append(piece, type);
    const std::optional<size_t> own = OwnBytes(Text(type));
    const bool holds_boxes = own && content.size() >= *own;
    Append(piece, holds_boxes ? content.first(*own) : content);
    pieces.push_back(std::move(piece));
    if (holds_boxes) SplitBoxes(content.subspan(*own), static_cast<uint8_t>(depth + 1), pieces);
    file = file.subspan(size);
  }
}

std::vector<Bytes> SplitMp4(ByteSpan file) {
  std::vector<Bytes> pieces;
  SplitBoxes(file, 0, pieces);
  return pieces;
}

/// Takes the first box and those in it off `pieces`.
Bytes JoinBox(std::span<const Bytes>& pieces) {
  const Bytes& piece = pieces.front();
  pieces = pieces.subspan(1);
  Bytes box;
  if (piece.size() < 5) return box;
  AppendBigEndian32(box, 0);
  Append(box, ByteSpan(piece).subspan(1));
  while (!pieces.empty() && !pieces.front().empty() && pieces.front()[0] > piece[0]) {
    Append(box, JoinBox(pieces));
  }
  Bytes size;
  AppendBigEndian32(size, static_cast<uint32_t>(box.size()));
  std::copy(size.begin(), size.end(), box.begin());
  return box;
}

Bytes JoinMp4(std::span<const Bytes> pieces) {
  Bytes file;
  while (!pieces.empty()) Append(file, JoinBox(pieces));
  return file;
}

constexpr std::string_view kRiff = "RIFF";

std::vector<Bytes> SplitWav(ByteSpan file) {
  std::vector<Bytes> pieces;
  if (!Text(file).starts_with(kRiff)) return pieces;
  while (file.size() >= 8) {
    const bool is_file = Text(file).starts_with(kRiff);
    size_t size = is_file ? 4 : size_t{LittleEndian32(file, 4)};
    size = std::min(size, file.size() - 8);
    Bytes piece(file.begin(), file.begin() + 4);
    Append(piece, file.subspan(8, size));
    pieces.push_back(std::move(piece));
    file = file.subspan(std::min(file.size(), 8 + size + size % 2));
  }
  return pieces;
}

void SetLittleEndian32(Bytes& bytes, size_t at, size_t value) {
  for (size_t i = 0; i < 4; ++i) bytes[at + i] = static_cast<uint8_t>(value >> (8 * i));
}

Bytes JoinWav(std::span<const Bytes> pieces) {
  Bytes file;
  size_t start = 0;
  for (const Bytes& piece : pieces) {
    if (piece.size() < 4) continue;
    const bool is_file = Text(piece).starts_with(kRiff);
    if (is_file) start = file.size();
    Append(file, ByteSpan(piece).first(4));
    AppendLittleEndian32(file, static_cast<uint32_t>(piece.size() - 4));
    Append(file, ByteSpan(piece).subspan(4));
    if (piece.size() % 2 != 0) file.push_back(0);
    if (Text(ByteSpan(file).subspan(start)).starts_with(kRiff)) {
      SetLittleEndian32(file, start + 4, file.size() - start - 8);
    }
  }
  return file;
}

}  // namespace

const Format kMp4{SplitMp4, JoinMp4, 5};
const Format kWav{SplitWav, JoinWav, 4};

}  // namespace mouthpiece::fuzz
