#include "image/color_matrix.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "image/color.h"

namespace mouthpiece {
namespace {

constexpr YuvMatrix kMatrices[] = {YuvMatrix::kBt601, YuvMatrix::kBt709, YuvMatrix::kFcc,
                                   YuvMatrix::kSmpte240, YuvMatrix::kBt2020};
constexpr ColorRange kRanges[] = {ColorRange::kLimited, ColorRange::kFull};

struct Bgr {
  double of[3];
};

/// As H.273 has it.
Bgr Exact(YuvMatrix matrix, ColorRange range, int y, int u, int v) {
  double red = 0.299, blue = 0.114;
  if (matrix == YuvMatrix::kBt709) red = 0.2126, blue = 0.0722;
  if (matrix == YuvMatrix::kFcc) red = 0.30, blue = 0.11;
  if (matrix == YuvMatrix::kSmpte240) red = 0.212, blue = 0.087;
  if (matrix == YuvMatrix::kBt2020) red = 0.2627, blue = 0.0593;
  const bool is_limited = range == ColorRange::kLimited;
  const double luma = is_limited ? (y - 16) * 255.0 / 219 : y;
  const double cb = is_limited ? (u - 128) * 255.0 / 224 : u - 128;
  const double cr = is_limited ? (v - 128) * 255.0 / 224 : v - 128;
  const double b = luma + 2 * (1 - blue) * cb;
  const double r = luma + 2 * (1 - red) * cr;
  const double g = (luma - red * r - blue * b) / (1 - red - blue);
  return {{b, g, r}};
}

/// Random codes that stand for some R, G, B in [0, 255].
void FillWithColors(YuvMatrix matrix, std::mt19937& random, PictureView picture) {
  for (int x = 0; x < picture.width(); ++x) {
    for (bool is_color = false; !is_color;) {
      const int y = static_cast<int>(random() % 256);
      const int u = static_cast<int>(random() % 256);
      const int v = static_cast<int>(random() % 256);
      const Bgr exact = Exact(matrix, picture.range, y, u, v);
      is_color = std::ranges::all_of(exact.of, [](double c) { return c >= 0 && c <= 255; });
      picture.planes[0].row(0)[x] = static_cast<uint8_t>(y);
      if (x % 2 != 0) continue;
      picture.planes[1].row(0)[x / 2] = static_cast<uint8_t>(u);
      picture.planes[2].row(0)[x / 2] = static_cast<uint8_t>(v);
    }
  }
}

TEST(KnownMatrix, KnowsThoseOfVideosAndTakesNotGivenForBt601) {
  EXPECT_EQ(KnownMatrix(1), YuvMatrix::kBt709);
  EXPECT_EQ(KnownMatrix(2), YuvMatrix::kBt601);
  EXPECT_EQ(KnownMatrix(5), YuvMatrix::kBt601);
  EXPECT_EQ(KnownMatrix(6), YuvMatrix::kBt601);
  EXPECT_EQ(KnownMatrix(9), YuvMatrix::kBt2020);
  for (const int other : {0, 3, 8, 10, 14, -1, 99}) EXPECT_EQ(KnownMatrix(other), std::nullopt);
  EXPECT_EQ(MatrixOf(8), YuvMatrix::kBt601);
}

TEST(YuvToBgr, GivesTheColorsOfEveryMatrix) {
  std::mt19937 random(1);
  for (const YuvMatrix matrix : kMatrices) {
    for (const ColorRange range : kRanges) {
      Picture source(PixelFormat::kYuv420, range, 1, 1);
      Picture bgr(PixelFormat::kBgrPlanar, ColorRange::kFull, 1, 1);
      for (int i = 0; i < 3000; ++i) {
        FillWithColors(matrix, random, source.view());
        YuvToBgr(source.view(), bgr.view(), matrix);
        const auto code = [&](int p) { return *source.view().planes[p].data; };
        const Bgr exact = Exact(matrix, range, code(0), code(1), code(2));
        // OpenCV's own arithmetic, of limited BT.601, rounds down three times.
        const double allowed =
            matrix == YuvMatrix::kBt601 && range == ColorRange::kLimited ? 3 : 1.01;
        for (int c = 0; c < 3; ++c) {
          ASSERT_NEAR(*bgr.view().planes[c].data, exact.of[c], allowed)
              << static_cast<int>(matrix) << " channel " << c;
        }
      }
    }
  }
}

TEST(YuvToJfif, KeepsTheColors) {
  std::mt19937 random(2);
  for (const YuvMatrix matrix : kMatrices) {
    for (const ColorRange range : kRanges) {
      Picture source(PixelFormat::kYuv420, range, 1, 1);
      Picture jfif(PixelFormat::kYuv420, ColorRange::kFull, 1, 1);
      for (int i = 0; i < 3000; ++i) {
        FillWithColors(matrix, random, source.view());
        YuvToJfif(source.view(), matrix, jfif.view());
        const auto code = [](ConstPictureView picture, int p) { return *picture.planes[p].data; };
        const Bgr exact = Exact(matrix, range, code(source.view(), 0), code(source.view(), 1),
                                code(source.view(), 2));
        const auto [b, g, r] = exact.of;
        const double luma = 0.299 * r + 0.587 * g + 0.114 * b;
        ASSERT_NEAR(code(jfif.view(), 0), luma, 0.6) << static_cast<int>(matrix);
        ASSERT_NEAR(code(jfif.view(), 1), std::min(128 + (b - luma) / 1.772, 255.0), 0.6);
        ASSERT_NEAR(code(jfif.view(), 2), std::min(128 + (r - luma) / 1.402, 255.0), 0.6);
      }
    }
  }
}

TEST(YuvToJfif, TakesChromaFromTheNearestSampleAtOddSizes) {
  std::mt19937 random(3);
  Picture source(PixelFormat::kYuv420, ColorRange::kLimited, 7, 5);
  for (size_t i = 0; i < source.bytes(); ++i) {
    source.view().planes[0].data[i] = static_cast<uint8_t>(random());
  }
  Picture jfif(PixelFormat::kYuv420, ColorRange::kFull, 7, 5);
  YuvToJfif(source.view(), YuvMatrix::kBt709, jfif.view());
  for (int y = 0; y < 5; ++y) {
    for (int x = 0; x < 7; ++x) {
      Picture one(PixelFormat::kYuv420, ColorRange::kLimited, 1, 1);
      for (int p = 0; p < 3; ++p) {
        const int half = p > 0 ? 1 : 0;
        *one.view().planes[p].data = source.view().planes[p].row(y >> half)[x >> half];
      }
      Picture expected(PixelFormat::kYuv420, ColorRange::kFull, 1, 1);
      YuvToJfif(one.view(), YuvMatrix::kBt709, expected.view());
      for (int p = 0; p < 3; ++p) {
        const int half = p > 0 ? 1 : 0;
        EXPECT_EQ(jfif.view().planes[p].row(y >> half)[x >> half], *expected.view().planes[p].data);
      }
    }
  }
}

}  // namespace
}  // namespace mouthpiece
