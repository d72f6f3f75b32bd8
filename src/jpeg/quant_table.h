// Division by the quantisation steps of JPEG.
#ifndef MOUTHPIECE_JPEG_QUANT_TABLE_H_
#define MOUTHPIECE_JPEG_QUANT_TABLE_H_

#include <cstdint>

namespace mouthpiece {

/// Rows and columns of a block.
inline constexpr int kBlockSize = 8;
inline constexpr int kBlockSamples = kBlockSize * kBlockSize;

/// How coefficients are divided, in their natural order (row by row). The division by d, rounded
/// half away from zero, is ((|x| + correction) * reciprocal >> 16) * scale >> 16, exact for all
/// |x| + d / 2 below 65536.
struct QuantTable {
  alignas(16) uint16_t divisor[kBlockSamples];
  alignas(16) uint16_t correction[kBlockSamples];
  alignas(16) uint16_t reciprocal[kBlockSamples];
  alignas(16) uint16_t scale[kBlockSamples];
};

/// `steps`: the 64 quantisation steps, 1..255, in natural order.
QuantTable MakeQuantTable(const uint16_t* steps);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_JPEG_QUANT_TABLE_H_
