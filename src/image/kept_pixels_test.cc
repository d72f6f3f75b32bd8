#include "image/kept_pixels.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace mouthpiece {
namespace {

// Random marks in a rectangle of a frame of 64x64, and their spans.
struct RandomMarks {
  explicit RandomMarks(std::mt19937& random) : marks(64 * 64) {
    const auto up_to = [&](int most) {
      return std::uniform_int_distribution<int>(0, most)(random);
    };
    rect = {up_to(40), up_to(40), 0, 0};
    rect.x2 = rect.x1 + 1 + up_to(20);
    rect.y2 = rect.y1 + 1 + up_to(20);
    const int share = up_to(100);
    for (int y = rect.y1; y < rect.y2; ++y) {
      for (int x = rect.x1; x < rect.x2; ++x) {
        if (up_to(99) >= share) continue;
        marks[static_cast<size_t>(64 * y + x)] = true;
        if (!spans.empty() && spans.back().y == y && spans.back().x2 == x) {
          ++spans.back().x2;
        } else {
          spans.push_back({y, x, x + 1});
        }
      }
    }
  }
  bool at(int x, int y) const { return marks[static_cast<size_t>(64 * y + x)]; }
  bool is_inside(int x, int y) const {
    return x >= rect.x1 && x < rect.x2 && y >= rect.y1 && y < rect.y2;
  }
  // Whether the chroma sample has pixels in the rectangle, all of which are marked.
  bool chroma_at(int block_x, int block_y) const {
    bool any = false;
    for (int y = 2 * block_y; y < 2 * block_y + 2; ++y) {
      for (int x = 2 * block_x; x < 2 * block_x + 2; ++x) {
        if (!is_inside(x, y)) continue;
        if (!at(x, y)) return false;
        any = true;
      }
    }
    return any;
  }

  Rect rect;
  std::vector<bool> marks;
  std::vector<KeptPixels::Span> spans;
};

TEST(KeptPixels, RunsAreTheMarkedPixelsAndTheChromaThatOnlyTheySee) {
  std::mt19937 random(3);
  KeptPixels kept;
  std::vector<RandomMarks> frames;
  for (int i = 0; i < 300; ++i) {
    frames.emplace_back(random);
    kept.Append(frames.back().rect, frames.back().spans);
  }
  for (int i = 0; i < 300; ++i) {
    const RandomMarks& frame = frames[static_cast<size_t>(i)];
    const KeptRuns runs = kept.Of(i);
    ASSERT_EQ(runs.empty(), frame.spans.empty());
    for (int plane = 0; plane < 2; ++plane) {
      Picture found(PixelFormat::kYuv420, ColorRange::kLimited, 64, 64);
      for (const Plane& p : found.view().planes)
        std::fill_n(p.data, p.width * p.height, uint8_t{7});
      const Plane at = PlaneAtRuns(found.view(), frame.rect, plane);
      ForEachGap(runs.of(plane), CoveredSamples(frame.rect, plane), [&](int y, int begin, int end) {
        ASSERT_LT(begin, end);
        std::fill(at.row(y) + begin, at.row(y) + end, uint8_t{0});
      });
      for (const SampleRun& run : runs.of(plane)) {
        ASSERT_LT(run.begin, run.end);
        std::fill(at.row(run.row) + run.begin, at.row(run.row) + run.end, uint8_t{1});
      }
      const int step = plane == 0 ? 1 : 2;
      const Plane& whole = found.view().planes[plane];
      for (int y = 0; y < whole.height; ++y) {
        for (int x = 0; x < whole.width; ++x) {
          const bool touches = step * x < frame.rect.x2 && step * x + step > frame.rect.x1 &&
                               step * y < frame.rect.y2 && step * y + step > frame.rect.y1;
          const bool is_kept = plane == 0 ? frame.at(x, y) : frame.chroma_at(x, y);
          ASSERT_EQ(whole.row(y)[x], !touches  ? 7
                                     : is_kept ? 1
                                               : 0)
              << "frame " << i << " plane " << plane << " at " << x << ',' << y;
        }
      }
    }
  }
}

TEST(KeptPixels, NothingIsKeptOfFramesThatAreNotThere) {
  KeptPixels kept;
  EXPECT_TRUE(kept.empty());
  EXPECT_TRUE(kept.Of(0).empty());
  kept.Append({2, 2, 8, 8}, {});
  EXPECT_TRUE(kept.empty());
  EXPECT_TRUE(kept.Of(0).empty());
  EXPECT_TRUE(kept.Of(-1).empty());
  EXPECT_TRUE(kept.Of(1).empty());
}

}  // namespace
}  // namespace mouthpiece
