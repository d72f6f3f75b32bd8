#include "import/face_crop.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "import/package_pictures.h"

namespace mouthpiece {
namespace {

Picture NewBgr(int width, int height) {
  return {PixelFormat::kBgrPlanar, ColorRange::kFull, width, height};
}

Picture RandomBgr(int width, int height, std::mt19937& random) {
  Picture picture = NewBgr(width, height);
  for (const Plane& plane : picture.view().planes) {
    std::generate_n(plane.data, width * height, [&] { return static_cast<uint8_t>(random()); });
  }
  return picture;
}

// Keys' cubic kernel with a = -0.75, straight from its definition.
double Kernel(double x) {
  constexpr double a = -0.75;
  x = std::abs(x);
  if (x <= 1) return (a + 2) * x * x * x - (a + 3) * x * x + 1;
  return x < 2 ? a * x * x * x - 5 * a * x * x + 8 * a * x - 4 * a : 0;
}

double Cubic(const Plane& plane, const Rect& rect, double x, double y) {
  const auto at = [&](int i, int j) -> double {
    return plane.row(
        rect.y1 +
        std::clamp(j, 0, rect.height() - 1))[rect.x1 + std::clamp(i, 0, rect.width() - 1)];
  };
  const int left = static_cast<int>(std::floor(x)) - 1;
  const int top = static_cast<int>(std::floor(y)) - 1;
  double sum = 0;
  for (int j = top; j < top + 4; ++j) {
    for (int i = left; i < left + 4; ++i) sum += Kernel(x - i) * Kernel(y - j) * at(i, j);
  }
  return std::clamp(sum, 0.0, 255.0);
}

TEST(FaceCropper, ResizesTheSquareAndNothingAroundIt) {
  std::mt19937 random(5);
  FaceCropper cropper;
  for (const Rect& rect : {Rect{3, 5, 176, 178}, Rect{0, 0, 1, 1}, Rect{10, 7, 198, 195},
                           Rect{2, 2, 7, 7}, Rect{0, 0, 200, 200}}) {
    const int side = rect.width() == 200 ? 64 : 328;
    Picture frame = RandomBgr(200, 200, random);
    Picture crop = NewBgr(side, side);
    cropper.Crop(frame.view(), rect, crop.view());
    const double scale = static_cast<double>(rect.width()) / side;
    for (int p = 0; p < 3; ++p) {
      for (int k = 0; k < 3000; ++k) {
        const int x = static_cast<int>(random() % static_cast<unsigned>(side));
        const int y = static_cast<int>(random() % static_cast<unsigned>(side));
        const double expected =
            Cubic(frame.view().planes[p], rect, (x + 0.5) * scale - 0.5, (y + 0.5) * scale - 0.5);
        ASSERT_NEAR(crop.view().planes[p].row(y)[x], expected, 0.51) << p << ' ' << x << ' ' << y;
      }
    }
  }
}

TEST(CopyMasked, BlacksOutTheMouthOfTheInnerSquare) {
  std::mt19937 random(6);
  Picture crop = RandomBgr(328, 328, random);
  const PictureView inner = InnerOf(crop.view(), kImportedGeometry);
  ASSERT_EQ(inner.width(), 320);
  Picture masked = NewBgr(320, 320);
  CopyMasked(inner, masked.view());
  for (int p = 0; p < 3; ++p) {
    for (int y = 0; y < 320; ++y) {
      for (int x = 0; x < 320; ++x) {
        const bool is_masked = x >= 5 && x <= 314 && y >= 5 && y <= 309;
        const int expected = is_masked ? 0 : crop.view().planes[p].row(y + 4)[x + 4];
        ASSERT_EQ(masked.view().planes[p].row(y)[x], expected) << p << ' ' << x << ' ' << y;
      }
    }
  }
}

}  // namespace
}  // namespace mouthpiece
