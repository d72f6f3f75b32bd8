#include "image/orientation.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace mouthpiece {
namespace {

/// The letters of plane 0 of "abc/def" (3x2), turned.
std::string Turned(const Orientation& orientation) {
  Picture source(PixelFormat::kBgrPlanar, ColorRange::kFull, 3, 2);
  for (int p = 0; p < 3; ++p) {
    for (int i = 0; i < 6; ++i) {
      source.view().planes[p].row(i / 3)[i % 3] = static_cast<uint8_t>('a' + i);
    }
  }
  const bool swaps = orientation.is_transposed;
  Picture target(PixelFormat::kBgrPlanar, ColorRange::kFull, swaps ? 2 : 3, swaps ? 3 : 2);
  Turn(source.view(), orientation, target.view());
  std::string text;
  for (int y = 0; y < target.view().height(); ++y) {
    if (y > 0) text += '/';
    for (int x = 0; x < target.view().width(); ++x) {
      text += static_cast<char>(target.view().planes[2].row(y)[x]);
    }
  }
  return text;
}

TEST(Turn, DoesWhatExifAsksFor) {
  // EXIF: where the stored picture's first row and first column belong.
  const std::vector<std::string> expected{"abc/def",  "cba/fed",  "fed/cba",  "def/abc",
                                          "ad/be/cf", "da/eb/fc", "fc/eb/da", "cf/be/ad"};
  for (int value = 1; value <= 8; ++value) {
    EXPECT_EQ(Turned(ExifOrientation(value)), expected[static_cast<size_t>(value - 1)]) << value;
  }
  for (const int value : {-1, 0, 9, 1 << 20}) {
    EXPECT_TRUE(ExifOrientation(value).is_upright()) << value;
  }
}

TEST(Turn, MovesPlanesThatAreLargerThanItsBlocks) {
  constexpr int kWidth = 70;
  constexpr int kHeight = 37;
  Picture source(PixelFormat::kYuv420, ColorRange::kLimited, kWidth, kHeight);
  for (const Plane& plane : source.view().planes) {
    for (int y = 0; y < plane.height; ++y) {
      for (int x = 0; x < plane.width; ++x) plane.row(y)[x] = static_cast<uint8_t>(3 * x + 7 * y);
    }
  }
  Picture target(PixelFormat::kYuv420, ColorRange::kLimited, kHeight, kWidth);
  Turn(source.view(), ExifOrientation(6), target.view());
  for (int p = 0; p < 3; ++p) {
    const Plane& from = source.view().planes[p];
    const Plane& to = target.view().planes[p];
    for (int y = 0; y < to.height; ++y) {
      for (int x = 0; x < to.width; ++x) {
        ASSERT_EQ(to.row(y)[x], from.row(from.height - 1 - x)[y]) << p << ' ' << x << ' ' << y;
      }
    }
  }
}

TEST(Describe, NamesEachOrientation) {
  EXPECT_EQ(Describe(ExifOrientation(1)), "upright");
  EXPECT_EQ(Describe(ExifOrientation(2)), "mirrored left to right");
  EXPECT_EQ(Describe(ExifOrientation(3)), "turned by 180 degrees");
  EXPECT_EQ(Describe(ExifOrientation(4)), "mirrored top to bottom");
  EXPECT_EQ(Describe(ExifOrientation(5)), "mirrored and turned by 270 degrees");
  EXPECT_EQ(Describe(ExifOrientation(6)), "turned by 90 degrees");
  EXPECT_EQ(Describe(ExifOrientation(7)), "mirrored and turned by 90 degrees");
  EXPECT_EQ(Describe(ExifOrientation(8)), "turned by 270 degrees");
}

}  // namespace
}  // namespace mouthpiece
