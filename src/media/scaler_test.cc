#include "media/scaler.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "support/pictures.h"

namespace mouthpiece {
namespace {

Picture Noise(int width, int height, unsigned seed) {
  Picture picture(PixelFormat::kYuv420, ColorRange::kLimited, width, height);
  std::mt19937 random(seed);
  std::generate_n(picture.view().planes[0].data, picture.bytes(),
                  [&] { return static_cast<uint8_t>(16 + random() % 200); });
  return picture;
}

TEST(Scaler, KeepsWhatIsEven) {
  for (const ColorRange range : {ColorRange::kLimited, ColorRange::kFull}) {
    ColorTags color;
    color.range = range;
    for (const auto& [width, height] : {std::pair{320, 180}, {31, 17}, {1, 1}, {640, 482}}) {
      Picture source(PixelFormat::kYuv420, range, 64, 48);
      for (int p = 0; p < 3; ++p) {
        const Plane plane = source.view().planes[p];
        for (int y = 0; y < plane.height; ++y) {
          std::fill_n(plane.row(y), plane.width, static_cast<uint8_t>(p == 0 ? 250 : 30 * p));
        }
      }
      const PaddedPicture target(range, width, height);
      Scaler(64, 48, width, height, color, color).Scale(source.view(), target.view());
      for (int p = 0; p < 3; ++p) {
        const Plane plane = target.view().planes[p];
        for (int y = 0; y < plane.height; ++y) {
          for (int x = 0; x < plane.width; ++x) {
            ASSERT_EQ(plane.row(y)[x], p == 0 ? 250 : 30 * p) << p << " " << x << "," << y;
          }
        }
      }
    }
  }
}

/// A slope of chroma comes out as the same slope, wherever samples lie in their blocks.
TEST(Scaler, PutsChromaWhereItLies) {
  struct Row {
    int location;
    double x, y;  ///< Of a sample, in luma samples from the centre of its block's first one
  };
  for (const Row& row : {Row{0, 0, 0.5}, Row{1, 0, 0.5}, Row{2, 0.5, 0.5}, Row{3, 0, 0}}) {
    ColorTags color;
    color.chroma_location = row.location;
    Picture source(PixelFormat::kYuv420, ColorRange::kLimited, 128, 128);
    for (int p = 0; p < 3; ++p) {
      const Plane plane = source.view().planes[p];
      for (int y = 0; y < plane.height; ++y) {
        for (int x = 0; x < plane.width; ++x) {
          const double slope = p == 1 ? 2 * x + row.x : 2 * y + row.y;
          plane.row(y)[x] = p == 0 ? 100 : static_cast<uint8_t>(std::lround(60 + slope));
        }
      }
    }
    constexpr int kSize = 384;
    const PaddedPicture target(ColorRange::kLimited, kSize, kSize);
    Scaler(128, 128, kSize, kSize, color, color).Scale(source.view(), target.view());
    for (int i = 20; i < 170; ++i) {
      const double at_x = (2 * i + row.x + 0.5) / 3 - 0.5;
      const double at_y = (2 * i + row.y + 0.5) / 3 - 0.5;
      EXPECT_NEAR(target.view().planes[1].row(80)[i], 60 + at_x, 1) << row.location;
      EXPECT_NEAR(target.view().planes[2].row(i)[80], 60 + at_y, 1) << row.location;
    }
  }
}

TEST(Scaler, WhatLiesBeyondItsReachDoesNotChange) {
  constexpr int kWidth = 203;
  constexpr int kHeight = 117;
  constexpr int kX = 100;
  constexpr int kY = 60;
  for (const auto& [width, height] : {std::pair{406, 234}, {101, 58}, {150, 400}, {33, 20}}) {
    Picture source = Noise(kWidth, kHeight, 3);
    Scaler scaler(kWidth, kHeight, width, height, {}, {});
    const PaddedPicture before(ColorRange::kLimited, width, height);
    const PaddedPicture after(ColorRange::kLimited, width, height);
    scaler.Scale(source.view(), before.view());
    for (const Plane& plane : source.view().planes) {
      const int half = plane.width == kWidth ? 1 : 2;
      plane.row(kY / half)[kX / half] ^= 0x80;
    }
    scaler.Scale(source.view(), after.view());
    for (int p = 0; p < 3; ++p) {
      const int half = p == 0 ? 1 : 2;
      const Plane a = before.view().planes[p];
      const Plane b = after.view().planes[p];
      for (int y = 0; y < a.height; ++y) {
        for (int x = 0; x < a.width; ++x) {
          if (a.row(y)[x] == b.row(y)[x]) continue;
          EXPECT_LE(std::abs(x * half - kX * width / kWidth), Scaler::Reach(kWidth, width));
          EXPECT_LE(std::abs(y * half - kY * height / kHeight), Scaler::Reach(kHeight, height));
        }
      }
    }
  }
}

}  // namespace
}  // namespace mouthpiece
