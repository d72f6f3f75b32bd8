#include <bit>
#include <cstdlib>

#include "jpeg/entropy_kernel.h"

namespace mouthpiece {
namespace {

std::array<BitString, 256> MakeCodes(const HuffmanTable& table) {
  std::array<BitString, 256> strings{};
  BitString code = 0;
  size_t next = 0;
  for (size_t length = 1; length <= table.counts.size(); ++length, code *= 2) {
    for (int i = 0; i < table.counts[length - 1]; ++i) {
      strings[table.symbols[next++]] = code++ << kLengthBits | static_cast<BitString>(length);
    }
  }
  return strings;
}

/// A symbol that ends with the size of a number, and the number: a negative one less one.
BitString Join(const std::array<BitString, 256>& symbols, size_t upper_half, int value) {
  const int size = static_cast<int>(std::bit_width(static_cast<unsigned>(std::abs(value))));
  const BitString symbol = symbols[upper_half * 16 + static_cast<size_t>(size)];
  const int bits = value < 0 ? value + (1 << size) - 1 : value;
  constexpr BitString kLength = (1u << kLengthBits) - 1;
  return ((symbol >> kLengthBits) << size | static_cast<BitString>(bits)) << kLengthBits |
         ((symbol & kLength) + static_cast<BitString>(size));
}

}  // namespace

BlockCodes MakeBlockCodes(const HuffmanTable& dc, const HuffmanTable& ac) {
  BlockCodes codes{MakeCodes(dc), MakeCodes(ac), {}, {}};
  for (size_t i = 0; i < codes.small_dc.size(); ++i) {
    const int value = static_cast<int>(i) - static_cast<int>(BlockCodes::kSmall);
    codes.small_dc[i] = Join(codes.dc, 0, value);
    for (size_t run = 0; run < codes.small_ac.size(); ++run) {
      if (value != 0) codes.small_ac[run][i] = Join(codes.ac, run, value);
    }
  }
  return codes;
}

}  // namespace mouthpiece
