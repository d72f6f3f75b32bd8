#include "image/color.h"

#include <gtest/gtest.h>

namespace mouthpiece {
namespace {

Picture Constant(PixelFormat format, ColorRange range, int width, int height, uint8_t a, uint8_t b,
                 uint8_t c) {
  Picture picture(format, range, width, height);
  const uint8_t values[] = {a, b, c};
  for (int p = 0; p < 3; ++p) {
    const Plane& plane = picture.view().planes[p];
    for (int y = 0; y < plane.height; ++y) std::fill_n(plane.row(y), plane.width, values[p]);
  }
  return picture;
}

void ExpectConstant(ConstPictureView picture, uint8_t a, uint8_t b, uint8_t c) {
  const uint8_t values[] = {a, b, c};
  for (int p = 0; p < 3; ++p) {
    const ConstPlane& plane = picture.planes[p];
    for (int y = 0; y < plane.height; ++y) {
      for (int x = 0; x < plane.width; ++x) EXPECT_EQ(plane.row(y)[x], values[p]) << p;
    }
  }
}

TEST(YuvToBgr, MapsBlackAndWhite) {
  for (const ColorRange range : {ColorRange::kLimited, ColorRange::kFull}) {
    const bool limited = range == ColorRange::kLimited;
    Picture bgr(PixelFormat::kBgrPlanar, ColorRange::kFull, 5, 3);
    YuvToBgr(Constant(PixelFormat::kYuv420, range, 5, 3, limited ? 16 : 0, 128, 128).view(),
             bgr.view());
    ExpectConstant(bgr.view(), 0, 0, 0);
    YuvToBgr(Constant(PixelFormat::kYuv420, range, 5, 3, limited ? 235 : 255, 128, 128).view(),
             bgr.view());
    ExpectConstant(bgr.view(), 255, 255, 255);
  }
}

TEST(BgrToYuv, MapsPrimariesToTheirBt601Values) {
  Picture yuv(PixelFormat::kYuv420, ColorRange::kLimited, 5, 3);
  BgrToYuv(Constant(PixelFormat::kBgrPlanar, ColorRange::kFull, 5, 3, 0, 0, 255).view(),
           yuv.view());
  ExpectConstant(yuv.view(), 81, 90, 240);
  BgrToYuv(Constant(PixelFormat::kBgrPlanar, ColorRange::kFull, 5, 3, 255, 0, 0).view(),
           yuv.view());
  ExpectConstant(yuv.view(), 41, 240, 110);
}

TEST(LimitedToFull, StretchesTheNominalRangeAndClampsBeyondIt) {
  Picture full(PixelFormat::kYuv420, ColorRange::kFull, 7, 5);
  LimitedToFull(Constant(PixelFormat::kYuv420, ColorRange::kLimited, 7, 5, 16, 16, 240).view(),
                full.view());
  ExpectConstant(full.view(), 0, 1, 255);
  LimitedToFull(Constant(PixelFormat::kYuv420, ColorRange::kLimited, 7, 5, 250, 128, 5).view(),
                full.view());
  ExpectConstant(full.view(), 255, 128, 0);
}

}  // namespace
}  // namespace mouthpiece
