// The order in which a block's coefficients are encoded.
#ifndef MOUTHPIECE_JPEG_ZIGZAG_H_
#define MOUTHPIECE_JPEG_ZIGZAG_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "jpeg/quant_table.h"

namespace mouthpiece {

/// Places in a block, row by row, in the order of the diagonals.
constexpr std::array<uint8_t, kBlockSamples> MakeZigzag() {
  std::array<uint8_t, kBlockSamples> order{};
  int x = 0, y = 0;
  for (uint8_t& place : order) {
    place = static_cast<uint8_t>(y * kBlockSize + x);
    const bool up = (x + y) % 2 == 0;
    int& along = up ? x : y;
    int& against = up ? y : x;
    if (along == kBlockSize - 1) {
      ++against;
    } else {
      ++along;
      if (against > 0) --against;
    }
  }
  return order;
}
inline constexpr std::array<uint8_t, kBlockSamples> kZigzag = MakeZigzag();

/// By row of a block and the flags of its columns: the flags, moved to their places in the order.
using ZigzagMasks = std::array<std::array<uint64_t, 256>, kBlockSize>;
constexpr ZigzagMasks MakeZigzagMasks() {
  ZigzagMasks masks{};
  for (size_t place = 0; place < kBlockSamples; ++place) {
    const size_t row = kZigzag[place] / kBlockSize;
    const size_t bit = size_t{1} << (kZigzag[place] % kBlockSize);
    for (size_t flags = 0; flags < 256; ++flags) {
      if ((flags & bit) != 0) masks[row][flags] |= uint64_t{1} << place;
    }
  }
  return masks;
}
inline constexpr ZigzagMasks kZigzagMasks = MakeZigzagMasks();

/// Where the coefficients of the order are, in rows that are `stride` coefficients apart.
using ZigzagOffsets = std::array<ptrdiff_t, kBlockSamples>;
inline ZigzagOffsets MakeZigzagOffsets(ptrdiff_t stride) {
  ZigzagOffsets offsets{};
  for (size_t i = 0; i < kBlockSamples; ++i) {
    offsets[i] = kZigzag[i] / kBlockSize * stride + kZigzag[i] % kBlockSize;
  }
  return offsets;
}

}  // namespace mouthpiece

#endif  // MOUTHPIECE_JPEG_ZIGZAG_H_
