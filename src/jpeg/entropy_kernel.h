// The innermost part of entropy coding: blocks to bits.
#ifndef MOUTHPIECE_JPEG_ENTROPY_KERNEL_H_
#define MOUTHPIECE_JPEG_ENTROPY_KERNEL_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "jpeg/block_transform.h"

namespace mouthpiece {

/// Bits in the lower part of a word: their number in the lowest kLengthBits, they themselves above.
using BitString = uint32_t;
inline constexpr int kLengthBits = 5;

/// What is written for a block's coefficients, in the codes of one Huffman table.
struct BlockCodes {
  /// Numbers from -kSmall to kSmall - 1 have strings of their own, here with kSmall added.
  static constexpr ptrdiff_t kSmall = 64;
  static constexpr ptrdiff_t kRuns = 16;

  /// Of symbols: the size of a difference of DC; a run of zeros times 16 and the size of what
  /// follows it.
  std::array<BitString, 256> dc;
  std::array<BitString, 256> ac;
  /// Of differences of DC.
  std::array<BitString, 2 * kSmall> small_dc;
  /// Of coefficients, for each run of zeros before them.
  std::array<std::array<BitString, 2 * kSmall>, kRuns> small_ac;
};

/// A table as files define it: how many symbols there are of each length, 1 to 16 bits; which.
struct HuffmanTable {
  std::span<const uint8_t> counts;
  std::span<const uint8_t> symbols;
};
BlockCodes MakeBlockCodes(const HuffmanTable& dc, const HuffmanTable& ac);

/// Coefficients of a row of MCUs. Luma has two rows of blocks, of which the second may be missing,
/// as may the last column of blocks: the picture ends there.
struct McuRow {
  CoefficientRow luma[2];
  CoefficientRow chroma[2];
  int mcus = 0;
  int luma_columns = 0;  ///< Blocks that are there: 2 * mcus or one less
  int luma_rows = 0;     ///< 1 or 2
};

/// Bytes that EncodeMcus may write for one MCU: six blocks of 63 coefficients of at most 26 bits
/// and one of 20, and what it writes ahead.
inline constexpr size_t kMostBitBytesAnMcu = 6 * 208 + sizeof(uint64_t);

/// Where bits go, from the highest of a byte to the lowest, and what stands between two calls.
struct BitState {
  uint8_t* out = nullptr;
  uint64_t bits = 0;    ///< The lowest `held` are not in *out yet
  int held = 0;         ///< Less than eight
  int last_dc[3] = {};  ///< By component
};

/// Encodes the MCUs [begin, end) of a row. `codes`: of luma and chroma.
void EncodeMcus(const McuRow& row, int begin, int end, const BlockCodes (&codes)[2],
                BitState& state);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_JPEG_ENTROPY_KERNEL_H_
