// From samples to the quantised coefficients of JPEG, many blocks at once.
#ifndef MOUTHPIECE_JPEG_BLOCK_TRANSFORM_H_
#define MOUTHPIECE_JPEG_BLOCK_TRANSFORM_H_

#include <cstddef>
#include <cstdint>

#include "image/image.h"
#include "jpeg/quant_table.h"

namespace mouthpiece {

/// Coefficients of a row of blocks, laid out as the samples were: block b has columns 8 b to
/// 8 b + 7 of eight rows. Keeps its memory.
class CoefficientRow {
 public:
  /// Room for as many blocks, and for a vector that begins at any of them. What was in it is lost.
  void Resize(int blocks) {
    constexpr int kMostBlocksAVector = 4;
    blocks_ = (blocks + kMostBlocksAVector - 1) / kMostBlocksAVector * kMostBlocksAVector;
    const auto row = static_cast<size_t>(blocks_) * kBlockSize;
    const size_t bytes = row * kBlockSize * sizeof(int16_t);
    if (bytes_.size() < bytes + row) bytes_ = AlignedBytes(bytes + row);
    nonzero_ = bytes_.data() + bytes;
  }

  /// Those that there is room for: bytes from one row of flags to the next.
  ptrdiff_t blocks() const { return blocks_; }
  /// Coefficients from one row to the next.
  ptrdiff_t stride() const { return blocks_ * kBlockSize; }
  int16_t* row(int y) { return reinterpret_cast<int16_t*>(bytes_.data()) + y * stride(); }
  const int16_t* block(ptrdiff_t b) const {
    return reinterpret_cast<const int16_t*>(bytes_.data()) + b * kBlockSize;
  }
  /// A byte a block: bit x says whether column x of that row of the block is not zero.
  uint8_t* nonzero(int y) { return nonzero_ + y * blocks_; }
  const uint8_t* nonzero(int y) const { return nonzero_ + y * blocks_; }

 private:
  AlignedBytes bytes_;
  uint8_t* nonzero_ = nullptr;  ///< In bytes_, behind the coefficients
  ptrdiff_t blocks_ = 0;
};

/// Transforms the blocks of a plane of 1 to 8 rows: libjpeg's accurate integer DCT and
/// quantisation, bit for bit. Blocks that reach over the plane are filled with its last column and
/// row. `target` becomes as large as it must.
void TransformBlocks(const ConstPlane& plane, const QuantTable& table, CoefficientRow& target);
/// The same without vectors, for tests.
void TransformBlocksReference(const ConstPlane& plane, const QuantTable& table,
                              CoefficientRow& target);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_JPEG_BLOCK_TRANSFORM_H_
