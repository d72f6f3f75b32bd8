#include "image/pixels.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "image/color.h"

namespace mouthpiece {
namespace {

Picture Noise(ColorRange range, int width, int height) {
  std::mt19937 random(static_cast<unsigned>(width * 1000 + height));
  Picture picture(PixelFormat::kYuv420, range, width, height);
  for (const Plane& plane : picture.view().planes) {
    for (int y = 0; y < plane.height; ++y) {
      for (int x = 0; x < plane.width; ++x) plane.row(y)[x] = static_cast<uint8_t>(random());
    }
  }
  return picture;
}

TEST(YuvToPixels, AreThePlanesOfYuvToBgrAtOddAndEdgeSizes) {
  for (const ColorRange range : {ColorRange::kLimited, ColorRange::kFull}) {
    for (const auto& [width, height] : {std::pair{1, 1},
                                        {2, 2},
                                        {3, 7},
                                        {15, 8},
                                        {16, 9},
                                        {33, 16},
                                        {64, 17},
                                        {129, 3},
                                        {426, 240}}) {
      const Picture source = Noise(range, width, height);
      Picture planar(PixelFormat::kBgrPlanar, ColorRange::kFull, width, height);
      YuvToBgrReference(source.view(), planar.view());
      const size_t size = 3 * static_cast<size_t>(width * height);
      constexpr uint8_t kGuard = 77;
      std::vector<uint8_t> bgr(size + 1, kGuard), rgb(size + 1, kGuard);
      YuvToPixels(source.view(), PixelOrder::kBgr, bgr.data());
      YuvToPixels(source.view(), PixelOrder::kRgb, rgb.data());
      for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
          const size_t at = 3 * static_cast<size_t>(y * width + x);
          for (size_t c = 0; c < 3; ++c) {
            const uint8_t expected = planar.view().planes[c].row(y)[x];
            ASSERT_EQ(bgr[at + c], expected) << width << "x" << height << " " << x << "," << y;
            ASSERT_EQ(rgb[at + 2 - c], expected) << width << "x" << height << " " << x << "," << y;
          }
        }
      }
      EXPECT_EQ(bgr[size], kGuard);
      EXPECT_EQ(rgb[size], kGuard);
    }
  }
}

}  // namespace
}  // namespace mouthpiece
