#include "protobuf_format.h"

#include <algorithm>
#include <optional>

namespace mouthpiece::fuzz {
namespace {

constexpr uint8_t kDeepest = 8;
constexpr size_t kNameBytes = 6;
enum Wire : uint8_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

/// Takes a number of seven bits a byte off `bytes`.
std::optional<uint64_t> TakeVarint(ByteSpan& bytes) {
  uint64_t value = 0;
  for (size_t i = 0; i < bytes.size() && i < 10; ++i) {
    value |= uint64_t{bytes[i] & 0x7fU} << (7 * i);
    if ((bytes[i] & 0x80) == 0) {
      bytes = bytes.subspan(i + 1);
      return value;
    }
  }
  return std::nullopt;
}

void AppendVarint(Bytes& bytes, uint64_t value) {
  for (; value >= 0x80; value >>= 7) bytes.push_back(static_cast<uint8_t>(value | 0x80));
  bytes.push_back(static_cast<uint8_t>(value));
}

/// Takes the value of a field off `bytes`.
std::optional<ByteSpan> TakeValue(ByteSpan& bytes, uint64_t wire) {
  const ByteSpan all = bytes;
  size_t size = 0;
  if (wire == kVarint) {
    if (!TakeVarint(bytes)) return std::nullopt;
    return all.first(all.size() - bytes.size());
  }
  if (wire == kBytes) {
    const std::optional<uint64_t> length = TakeVarint(bytes);
    if (!length || *length > bytes.size()) return std::nullopt;
    size = *length;
  } else if (wire == kFixed64 || wire == kFixed32) {
    size = wire == kFixed64 ? 8 : 4;
  } else {
    return std::nullopt;
  }
  if (size > bytes.size()) return std::nullopt;
  const ByteSpan value = bytes.first(size);
  bytes = bytes.subspan(size);
  return value;
}

bool IsText(ByteSpan bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](uint8_t c) { return c >= 0x20 && c < 0x7f; });
}

/// False, and nothing appended, if `bytes` are no message.
bool SplitMessage(ByteSpan bytes, uint8_t depth, std::vector<Bytes>& pieces) {
  const size_t before = pieces.size();
  while (!bytes.empty()) {
    const std::optional<uint64_t> key = TakeVarint(bytes);
    const std::optional<ByteSpan> value = key ? TakeValue(bytes, *key & 7) : std::nullopt;
    if (!value || *key >> 3 == 0 || *key >> 35 != 0) {
      pieces.resize(before);
      return false;
    }
    Bytes piece{depth, static_cast<uint8_t>(*key & 7)};
    AppendLittleEndian32(piece, static_cast<uint32_t>(*key >> 3));
    const size_t at = pieces.size();
    pieces.push_back(piece);
    const bool is_message = (*key & 7) == kBytes && depth < kDeepest && !IsText(*value) &&
                            SplitMessage(*value, static_cast<uint8_t>(depth + 1), pieces);
    if (!is_message) Append(pieces[at], *value);
  }
  return true;
}

std::vector<Bytes> Split(ByteSpan file) {
  std::vector<Bytes> pieces;
  SplitMessage(file, 0, pieces);
  return pieces;
}

/// Takes the first field and those in it off `pieces`.
Bytes JoinField(std::span<const Bytes>& pieces) {
  const Bytes& piece = pieces.front();
  pieces = pieces.subspan(1);
  Bytes field;
  if (piece.size() < kNameBytes) return field;
  const uint8_t wire = piece[1] & 7;
  AppendVarint(field, uint64_t{LittleEndian32(piece, 2)} << 3 | wire);
  Bytes value(piece.begin() + kNameBytes, piece.end());
  while (!pieces.empty() && !pieces.front().empty() && pieces.front()[0] > piece[0]) {
    Append(value, JoinField(pieces));
  }
  switch (wire) {
    case kVarint:
      if (value.empty()) value.push_back(0);
      value.resize(std::min<size_t>(value.size(), 10));
      for (uint8_t& byte : value) byte |= 0x80;
      value.back() &= 0x7f;
      break;
    case kBytes:
      AppendVarint(field, value.size());
      break;
    default:
      value.resize(wire == kFixed64 ? 8 : 4);
  }
  Append(field, value);
  return field;
}

Bytes Join(std::span<const Bytes> pieces) {
  Bytes file;
  while (!pieces.empty()) Append(file, JoinField(pieces));
  return file;
}

}  // namespace

const Format kProtobuf{Split, Join, kNameBytes};

}  // namespace mouthpiece::fuzz
