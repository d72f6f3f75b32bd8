#include "store/outside_copy.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

namespace mouthpiece {
namespace {

void Fill(PictureView picture, uint8_t value) {
  for (const Plane& plane : picture.planes) {
    for (int y = 0; y < plane.height; ++y) std::fill_n(plane.row(y), plane.width, value);
  }
}

TEST(CopyOutside, CopiesWhatACompositorLeavesAloneAndNothingElse) {
  std::mt19937 random(9);
  const auto up_to = [&](int most) { return std::uniform_int_distribution<int>(0, most)(random); };
  for (int round = 0; round < 500; ++round) {
    const int width = 1 + up_to(40);
    const int height = 1 + up_to(40);
    Rect rect;
    rect.x1 = up_to(width - 1);
    rect.y1 = up_to(height - 1);
    rect.x2 = rect.x1 + 1 + up_to(width - rect.x1 - 1);
    rect.y2 = rect.y1 + 1 + up_to(height - rect.y1 - 1);
    Picture source(PixelFormat::kYuv420, ColorRange::kLimited, width, height);
    Picture target(PixelFormat::kYuv420, ColorRange::kLimited, width, height);
    Fill(source.view(), 1);
    Fill(target.view(), 2);
    CopyOutside(source.view(), rect, {}, target.view());
    for (int p = 0; p < 3; ++p) {
      const int step = p == 0 ? 1 : 2;
      const Plane& plane = target.view().planes[p];
      for (int y = 0; y < plane.height; ++y) {
        for (int x = 0; x < plane.width; ++x) {
          // Does any pixel of this sample's block lie in the rectangle?
          const bool touches = step * x < rect.x2 && step * x + step > rect.x1 &&
                               step * y < rect.y2 && step * y + step > rect.y1;
          ASSERT_EQ(plane.row(y)[x], touches ? 2 : 1) << p << ' ' << x << ' ' << y;
        }
      }
    }
  }
}

TEST(CopyOutside, CopiesWhatIsKeptInsideToo) {
  constexpr Rect kRect{3, 5, 20, 19};
  KeptPixels kept;
  kept.Append(kRect, std::vector<KeptPixels::Span>{{6, 4, 9}, {7, 4, 20}, {12, 3, 4}});
  Picture source(PixelFormat::kYuv420, ColorRange::kLimited, 24, 24);
  Picture target(PixelFormat::kYuv420, ColorRange::kLimited, 24, 24);
  Fill(source.view(), 1);
  Fill(target.view(), 2);
  CopyOutside(source.view(), kRect, kept.Of(0), target.view());
  const PictureView& found = target.view();
  const auto expect = [&](int plane, int y, const std::string& row) {
    std::string text;
    for (int x = 0; x < found.planes[plane].width; ++x) {
      text += static_cast<char>('0' + found.planes[plane].row(y)[x]);
    }
    EXPECT_EQ(text, row) << "plane " << plane << " row " << y;
  };
  expect(0, 5, "111222222222222222221111");
  expect(0, 6, "111211111222222222221111");
  expect(0, 7, "111211111111111111111111");
  expect(0, 12, "111122222222222222221111");
  // Rows 6 and 7: column 3 is not kept, 4 to 7 are; of 8 and 9 only one in row 6.
  expect(1, 3, "121122222211");
}

}  // namespace
}  // namespace mouthpiece
