#include "image/palette.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <random>
#include <set>

namespace mouthpiece {
namespace {

/// A picture of what `color(x, y)` gives as {B, G, R}.
template <typename Color>
Picture Draw(int width, int height, Color color) {
  Picture picture(PixelFormat::kBgrPlanar, ColorRange::kFull, width, height);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const std::array<int, 3> bgr = color(x, y);
      for (size_t c = 0; c < 3; ++c) {
        picture.view().planes[c].row(y)[x] = static_cast<uint8_t>(bgr[c]);
      }
    }
  }
  return picture;
}

Palette PaletteOf(ConstPictureView picture, int size) {
  ColorCount count;
  count.Add(picture);
  return count.Choose(size);
}

std::vector<uint8_t> Mapped(ConstPictureView picture, const Palette& palette) {
  std::vector<uint8_t> numbers(static_cast<size_t>(picture.width() * picture.height()));
  PaletteMapper(palette).Map(picture,
                             {numbers.data(), picture.width(), picture.width(), picture.height()});
  return numbers;
}

std::array<int, 3> Flag(int x, int y) {
  return x < 5 ? std::array{10, 20, 200} : y < 4 ? std::array{250, 250, 250} : std::array{90, 5, 5};
}

TEST(Palette, HoldsFewColoursAsTheyAre) {
  const Picture flag = Draw(9, 7, Flag);
  const Palette palette = PaletteOf(flag.view(), 255);
  ASSERT_EQ(palette.size(), 3u);
  for (const auto& color : {std::array{10, 20, 200}, {250, 250, 250}, {90, 5, 5}}) {
    EXPECT_TRUE(std::ranges::any_of(palette, [&](const auto& own) {
      return std::abs(own[0] - color[0]) <= 2 && std::abs(own[1] - color[1]) <= 2 &&
             std::abs(own[2] - color[2]) <= 2;
    })) << color[0];
  }
}

TEST(Palette, NeverHoldsMoreColoursThanAskedFor) {
  std::mt19937 random(5);
  const Picture noise = Draw(61, 47, [&](int, int) {
    return std::array{static_cast<int>(random() % 256), static_cast<int>(random() % 256),
                      static_cast<int>(random() % 256)};
  });
  for (const int size : {1, 2, 17, 255}) {
    EXPECT_EQ(PaletteOf(noise.view(), size).size(), static_cast<size_t>(size));
  }
}

TEST(Palette, GivesEveryPixelItsColourWhereThereAreFew) {
  const Picture flag = Draw(9, 7, Flag);
  const Palette palette = PaletteOf(flag.view(), 255);
  const std::vector<uint8_t> numbers = Mapped(flag.view(), palette);
  EXPECT_EQ(std::set(numbers.begin(), numbers.end()).size(), 3u);
  for (int y = 0; y < 7; ++y) {
    for (int x = 0; x < 9; ++x) {
      const auto& color = palette[numbers[static_cast<size_t>(9 * y + x)]];
      EXPECT_NEAR(color[2], Flag(x, y)[2], 2) << x << "," << y;
    }
  }
}

TEST(Palette, DotsShowMeanColoursThatItLacks) {
  // A slope of grey, of which eight are left: each stretch of it keeps its brightness in the mean.
  const Picture slope = Draw(256, 64, [](int x, int) { return std::array{x, x, x}; });
  const Palette palette = PaletteOf(slope.view(), 24);
  const std::vector<uint8_t> numbers = Mapped(slope.view(), palette);
  for (int left = 16; left + 16 <= 240; left += 16) {
    double sum = 0;
    for (int y = 0; y < 64; ++y) {
      for (int x = left; x < left + 16; ++x) {
        sum += palette[numbers[static_cast<size_t>(256 * y + x)]][1];
      }
    }
    EXPECT_NEAR(sum / (64 * 16), left + 7.5, 3) << left;
  }
}

TEST(Palette, APixelThatDoesNotChangeKeepsItsNumber) {
  const auto slope = [](int x, int y) { return std::array{x, 2 * y, (x + y) / 2}; };
  const Picture before = Draw(100, 90, slope);
  const Picture after = Draw(100, 90, [&](int x, int y) {
    return x < 30 && y < 30 ? std::array{200, 10, 10} : slope(x, y);
  });
  const Palette palette = PaletteOf(before.view(), 255);
  const std::vector<uint8_t> a = Mapped(before.view(), palette);
  const std::vector<uint8_t> b = Mapped(after.view(), palette);
  for (size_t i = 0; i < a.size(); ++i) {
    const bool is_changed = i % 100 < 30 && i / 100 < 30;
    if (!is_changed) {
      EXPECT_EQ(a[i], b[i]) << i;
    }
  }
}

}  // namespace
}  // namespace mouthpiece
