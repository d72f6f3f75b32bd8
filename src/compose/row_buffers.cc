#include <algorithm>
#include <cstring>

#include "compose/composite_kernel.h"

namespace mouthpiece {
namespace {

constexpr size_t kVector = 64;  // bytes; every buffer starts on this boundary
constexpr int kChannels = 3;
constexpr int kQuantizedRows = 4;

size_t Padded(size_t bytes) { return (bytes + kVector - 1) / kVector * kVector; }
size_t Size(int value) { return static_cast<size_t>(value); }

size_t BlendedBytes(FaceGeometry g) {
  return Padded(Size(kRowOffset + g.crop + kRowSlack) * sizeof(int16_t));
}
size_t SideBytes(FaceGeometry g) { return Size(g.crop) * Size(2 * g.margin()); }
size_t QuantizedBytes(FaceGeometry g) { return Padded(Size(g.inner)); }

}  // namespace

RowBuffers::RowBuffers(FaceGeometry geometry) : geometry_(geometry) {
  const size_t bytes = kChannels * (BlendedBytes(geometry) + SideBytes(geometry) +
                                    kQuantizedRows * QuantizedBytes(geometry));
  fixed_ = AlignedBytes(bytes);
  std::memset(fixed_.data(), 0, bytes);
}

void RowBuffers::Reserve(int columns) {
  if (Padded(Size(columns)) <= columns_) return;
  columns_ = Padded(Size(columns));
  by_columns_ = AlignedBytes(kChannels * columns_ * (sizeof(int16_t) + 1));
}

int16_t* RowBuffers::blended(int channel) const {
  return reinterpret_cast<int16_t*>(fixed_.data() + Size(channel) * BlendedBytes(geometry_));
}

uint8_t* RowBuffers::quantized(int channel, int y) const {
  return fixed_.data() + kChannels * BlendedBytes(geometry_) +
         Size(channel * kQuantizedRows + y % kQuantizedRows) * QuantizedBytes(geometry_);
}

uint8_t* RowBuffers::sides(int channel, int y) const {
  return quantized(kChannels, 0) + Size(channel) * SideBytes(geometry_) +
         Size(y) * Size(2 * geometry_.margin());
}

int16_t* RowBuffers::upper(int which) const {
  return reinterpret_cast<int16_t*>(by_columns_.data() + Size(which) * columns_ * sizeof(int16_t));
}

uint8_t* RowBuffers::output(int plane) const {
  return by_columns_.data() + kChannels * columns_ * sizeof(int16_t) + Size(plane) * columns_;
}

}  // namespace mouthpiece
