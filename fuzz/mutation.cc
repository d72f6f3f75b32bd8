#include "mutation.h"

#include <algorithm>
#include <cstring>

extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t most);

namespace mouthpiece::fuzz {
namespace {

/// Changes what follows the first `name_bytes` of `piece`.
void MutatePiece(Bytes& piece, size_t name_bytes) {
  constexpr size_t kRoom = 64;
  const auto name_end = piece.begin() + static_cast<ptrdiff_t>(std::min(name_bytes, piece.size()));
  Bytes rest(name_end, piece.end());
  piece.erase(name_end, piece.end());
  MutateBytes(rest, rest.size() + kRoom);
  Append(piece, rest);
}

}  // namespace

uint32_t BigEndian32(ByteSpan bytes, size_t at) {
  uint32_t value = 0;
  for (size_t i = at; i < at + 4 && i < bytes.size(); ++i) value = value << 8 | bytes[i];
  return value;
}

uint32_t LittleEndian32(ByteSpan bytes, size_t at) {
  return __builtin_bswap32(BigEndian32(bytes, at));
}

void AppendBigEndian32(Bytes& bytes, uint32_t value) {
  for (const int shift : {24, 16, 8, 0}) bytes.push_back(static_cast<uint8_t>(value >> shift));
}

void AppendLittleEndian32(Bytes& bytes, uint32_t value) {
  AppendBigEndian32(bytes, __builtin_bswap32(value));
}

void Append(Bytes& bytes, ByteSpan more) { bytes.insert(bytes.end(), more.begin(), more.end()); }

void MutateBytes(Bytes& piece, size_t most) {
  const size_t size = piece.size();
  piece.resize(std::max<size_t>({size, most, 1}));
  piece.resize(LLVMFuzzerMutate(piece.data(), size, piece.size()));
}

size_t Give(ByteSpan result, uint8_t* out, size_t most) {
  if (result.size() > most) return 0;
  std::copy(result.begin(), result.end(), out);
  return result.size();
}

size_t Mutate(const Format& format, uint8_t* data, size_t size, size_t most, unsigned seed) {
  constexpr size_t kPlain = 8;
  Random random(seed);
  std::vector<Bytes> pieces;
  if (!random.OneIn(kPlain)) pieces = format.split({data, size});
  if (pieces.empty()) return LLVMFuzzerMutate(data, size, most);
  for (size_t changes = 1 + random.Below(3); changes > 0; --changes) {
    const size_t at = random.Below(pieces.size());
    const size_t other = random.Below(pieces.size());
    switch (random.Below(8)) {
      case 0:
        if (pieces.size() > 1) pieces.erase(pieces.begin() + static_cast<ptrdiff_t>(at));
        break;
      case 1:
        pieces.insert(pieces.begin() + static_cast<ptrdiff_t>(other), Bytes(pieces[at]));
        break;
      case 2:
        std::swap(pieces[at], pieces[other]);
        break;
      default:
        MutatePiece(pieces[at], random.OneIn(kPlain) ? 0 : format.name_bytes);
    }
  }
  return Give(format.join(pieces), data, most);
}

size_t CrossOver(const Format& format, ByteSpan first, ByteSpan second, uint8_t* out, size_t most,
                 unsigned seed) {
  Random random(seed);
  std::vector<Bytes> pieces = format.split(first);
  const std::vector<Bytes> others = format.split(second);
  if (pieces.empty() || others.empty()) return 0;
  for (size_t changes = 1 + random.Below(3); changes > 0; --changes) {
    const Bytes& other = others[random.Below(others.size())];
    const size_t at = random.Below(pieces.size());
    if (random.OneIn(2)) {
      pieces[at] = other;
    } else {
      pieces.insert(pieces.begin() + static_cast<ptrdiff_t>(at), other);
    }
  }
  return Give(format.join(pieces), out, most);
}

}  // namespace mouthpiece::fuzz
