#include "compose/row_buffers.h"

#include <cstring>

namespace mouthpiece {
namespace {

ptrdiff_t Padded(ptrdiff_t size) { return (size + 63) / 64 * 64; }

}  // namespace

RowBuffers::RowBuffers(FaceGeometry geometry)
    : geometry_(geometry),
      blended_bytes_(Padded((kRowOffset + geometry.crop + kRowSlack) *
                            static_cast<ptrdiff_t>(sizeof(int16_t)))),
      quantized_bytes_(Padded(geometry.inner)) {
  const ptrdiff_t sides_bytes = ptrdiff_t{geometry.crop} * 2 * geometry.margin();
  const size_t bytes = 3 * static_cast<size_t>(blended_bytes_ + 4 * quantized_bytes_ + sides_bytes);
  fixed_ = AlignedBytes(bytes);
  std::memset(fixed_.data(), 0, bytes);
  blended_ = fixed_.data();
  quantized_ = blended_ + 3 * blended_bytes_;
  sides_ = quantized_ + 3 * 4 * quantized_bytes_;
}

void RowBuffers::Reserve(int columns) {
  if (Padded(columns) <= columns_) return;
  columns_ = Padded(columns);
  by_columns_ = AlignedBytes(static_cast<size_t>(columns_) * 3 * (sizeof(int16_t) + 1));
}

}  // namespace mouthpiece
