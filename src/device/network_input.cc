#include "device/network_input.h"

#include "image/color.h"

namespace mouthpiece {
namespace {

/// Writes the planes B, G, R of `source` to the `target` of 3 * width * height bytes.
void FillPlanes(ConstPictureView source, std::span<uint8_t> target) {
  PictureView planes{PixelFormat::kBgrPlanar, ColorRange::kFull, {}};
  const int width = source.width();
  const int height = source.height();
  const size_t plane_bytes = static_cast<size_t>(width) * static_cast<size_t>(height);
  for (size_t p = 0; p < 3; ++p) {
    planes.planes[p] = {target.data() + p * plane_bytes, width, width, height};
  }
  if (source.format == PixelFormat::kBgrPlanar) {
    CopyPicture(source, planes);
  } else {
    YuvToBgr(source, planes);
  }
}

}  // namespace

void FillVisual(const Face& face, std::span<uint8_t> visual) {
  FillPlanes(face.roi, visual.first(visual.size() / 2));
  FillPlanes(face.masked, visual.last(visual.size() / 2));
}

}  // namespace mouthpiece
