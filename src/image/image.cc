#include "image/image.h"

#include <cstring>

namespace mouthpiece {
namespace {

PlaneView<uint8_t> PlaneOf(PixelFormat format, int plane, int width, int height, uint8_t* data) {
  const bool half = format == PixelFormat::kYuv420 && plane > 0;
  const int w = half ? (width + 1) / 2 : width;
  const int h = half ? (height + 1) / 2 : height;
  return {data, w, w, h};
}

size_t PlaneBytes(const Plane& plane) {
  return static_cast<size_t>(plane.width) * static_cast<size_t>(plane.height);
}

}  // namespace

size_t PictureBytes(PixelFormat format, int width, int height) {
  size_t bytes = 0;
  for (int p = 0; p < 3; ++p) bytes += PlaneBytes(PlaneOf(format, p, width, height, nullptr));
  return bytes;
}

Picture::Picture(PixelFormat format, ColorRange range, int width, int height)
    : memory_(PictureBytes(format, width, height)) {
  view_.format = format;
  view_.range = range;
  uint8_t* data = memory_.data();
  for (int p = 0; p < 3; ++p) {
    view_.planes[p] = PlaneOf(format, p, width, height, data);
    data += PlaneBytes(view_.planes[p]);
  }
}

void CopyPicture(ConstPictureView source, PictureView target) {
  for (int p = 0; p < 3; ++p) {
    const ConstPlane& from = source.planes[p];
    const Plane& to = target.planes[p];
    for (int y = 0; y < from.height; ++y) {
      std::memcpy(to.row(y), from.row(y), static_cast<size_t>(from.width));
    }
  }
}

}  // namespace mouthpiece
