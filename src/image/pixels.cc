#include "image/pixels.h"

#include <algorithm>

#include "base/dispatch.h"
#include "image/color.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "image/pixels.cc"
#include "hwy/foreach_target.h"  // must come before highway.h
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace mouthpiece {
namespace HWY_NAMESPACE {

/// One row of `width` pixels from three planes.
void Interleave(const uint8_t* first, const uint8_t* second, const uint8_t* third, int width,
                uint8_t* pixels) {
  namespace hn = hwy::HWY_NAMESPACE;
  const hn::ScalableTag<uint8_t> d;
  const int lanes = static_cast<int>(hn::Lanes(d));
  int x = 0;
  for (; x + lanes <= width; x += lanes) {
    hn::StoreInterleaved3(hn::LoadU(d, first + x), hn::LoadU(d, second + x),
                          hn::LoadU(d, third + x), d, pixels + 3 * x);
  }
  for (; x < width; ++x) {
    pixels[3 * x] = first[x];
    pixels[3 * x + 1] = second[x];
    pixels[3 * x + 2] = third[x];
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace mouthpiece
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace mouthpiece {
namespace {

HWY_EXPORT(Interleave);

// Even, and few enough for the planes in between to stay in the nearest caches.
constexpr int kRowsAtOnce = 8;

/// Rows [y, y + rows) of a picture; y is even.
ConstPictureView Rows(const ConstPictureView& picture, int y, int rows) {
  ConstPictureView part = picture;
  part.planes[0].data = picture.planes[0].row(y);
  part.planes[0].height = rows;
  for (int p = 1; p < 3; ++p) {
    part.planes[p].data = picture.planes[p].row(y / 2);
    part.planes[p].height = (rows + 1) / 2;
  }
  return part;
}

}  // namespace

void YuvToPixels(ConstPictureView source, PixelOrder order, uint8_t* pixels, YuvMatrix matrix) {
  const int width = source.width();
  Picture bgr(PixelFormat::kBgrPlanar, ColorRange::kFull, width, kRowsAtOnce);
  for (int y = 0; y < source.height(); y += kRowsAtOnce) {
    const int rows = std::min(kRowsAtOnce, source.height() - y);
    PictureView part = bgr.view();
    for (Plane& plane : part.planes) plane.height = rows;
    YuvToBgr(Rows(source, y, rows), part, matrix);
    const Plane& first = part.planes[order == PixelOrder::kBgr ? 0 : 2];
    const Plane& third = part.planes[order == PixelOrder::kBgr ? 2 : 0];
    for (int row = 0; row < rows; ++row) {
      MOUTHPIECE_DISPATCH(Interleave)
      (first.row(row), part.planes[1].row(row), third.row(row), width,
       pixels + 3 * static_cast<ptrdiff_t>(width) * (y + row));
    }
  }
}

}  // namespace mouthpiece
#endif  // HWY_ONCE
