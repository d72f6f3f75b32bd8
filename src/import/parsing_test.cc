#include "import/parsing.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace mouthpiece {
namespace {

struct Color {
  uint8_t b;
  uint8_t g;
  uint8_t r;
};

// Two colours are kept; the others differ from them a little or much.
constexpr Color kKept[] = {{0, 0, 255}, {255, 255, 255}};
constexpr Color kOthers[] = {{255, 0, 0},     {0, 0, 254},     {0, 1, 255},     {1, 0, 255},
                             {254, 255, 255}, {255, 254, 255}, {255, 255, 254}, {0, 255, 255},
                             {255, 0, 255},   {0, 0, 0},       {128, 128, 255}};

TEST(Parsing, KeepsTwoColoursInsideTheRectangleOnly) {
  std::mt19937 random(2);
  for (int round = 0; round < 50; ++round) {
    Picture parsing(PixelFormat::kBgrPlanar, ColorRange::kFull, 40, 30);
    std::vector<bool> is_kept(40 * 30);
    for (int y = 0; y < 30; ++y) {
      for (int x = 0; x < 40; ++x) {
        const bool keep = random() % 2 == 0;
        const Color color =
            keep ? kKept[random() % std::size(kKept)] : kOthers[random() % std::size(kOthers)];
        parsing.view().planes[0].row(y)[x] = color.b;
        parsing.view().planes[1].row(y)[x] = color.g;
        parsing.view().planes[2].row(y)[x] = color.r;
        is_kept[static_cast<size_t>(40 * y + x)] = keep;
      }
    }
    const Rect rect{3, 2, 3 + 1 + static_cast<int>(random() % 36),
                    2 + 1 + static_cast<int>(random() % 27)};
    std::vector<KeptSpan> spans{{6, 0, 0, 1}};
    AppendKeptSpans(parsing.view(), 7, rect, spans);
    std::vector<bool> found(40 * 30);
    for (size_t i = 1; i < spans.size(); ++i) {
      const auto [frame, y, x1, x2] = spans[i];
      ASSERT_EQ(frame, 7);
      ASSERT_LT(x1, x2);
      for (int x = x1; x < x2; ++x) found[static_cast<size_t>(40 * y + x)] = true;
    }
    for (int y = 0; y < 30; ++y) {
      for (int x = 0; x < 40; ++x) {
        const bool is_inside = x >= rect.x1 && x < rect.x2 && y >= rect.y1 && y < rect.y2;
        const auto at = static_cast<size_t>(40 * y + x);
        ASSERT_EQ(found[at], is_inside && is_kept[at]) << x << ' ' << y;
      }
    }
  }
}

TEST(Parsing, SaysWhetherItKeepsAnything) {
  Picture parsing(PixelFormat::kBgrPlanar, ColorRange::kFull, 8, 8);
  for (const Plane& plane : parsing.view().planes) std::fill_n(plane.data, 64, uint8_t{0});
  std::vector<KeptSpan> spans;
  EXPECT_FALSE(AppendKeptSpans(parsing.view(), 0, {1, 1, 7, 7}, spans));
  parsing.view().planes[2].row(0)[3] = 255;
  EXPECT_FALSE(AppendKeptSpans(parsing.view(), 0, {1, 1, 7, 7}, spans));
  parsing.view().planes[2].row(1)[3] = 255;
  EXPECT_TRUE(AppendKeptSpans(parsing.view(), 0, {1, 1, 7, 7}, spans));
  EXPECT_EQ(spans, (std::vector<KeptSpan>{{0, 1, 3, 4}}));
}

}  // namespace
}  // namespace mouthpiece
