#include "media/source_properties.h"

#include <gtest/gtest.h>

#include <vector>

namespace mouthpiece {
namespace {

constexpr Rational kMilliseconds{1, 1000};

struct Stamps {
  const char* name;
  std::vector<int64_t> times;
  Rational stated;
  Rational rate;
  int uneven;
};

TEST(RateOf, IsTheOneAtWhichMostFramesAreShown) {
  const Stamps table[] = {
      {"even", {0, 40, 80, 120, 160}, {25, 1}, {25, 1}, 0},
      {"stated twice as high", {0, 40, 80, 120, 160}, {50, 1}, {25, 1}, 0},
      {"stated a little wrong", {0, 33, 67, 100, 133, 167, 200}, {30, 1}, {30, 1}, 0},
      {"rounded to milliseconds", {0, 17, 33, 50, 67, 83, 100}, {60, 1}, {60, 1}, 0},
      {"not stated", {0, 40, 80, 120, 160}, {0, 1}, {25, 1}, 0},
      {"no common rate", {0, 70, 140, 210, 280}, {0, 1}, {100, 7}, 0},
      {"one gap", {0, 40, 80, 480, 520, 560, 600}, {12, 1}, {25, 1}, 1},
      {"a few left out", {0, 40, 80, 160, 200, 240, 280, 320, 400}, {25, 1}, {25, 1}, 2},
      {"long and short in turn", {0, 20, 80, 100, 160, 180, 240}, {50, 1}, {25, 1}, 6},
      {"read as twice the rate", {0, 20, 80, 100, 160, 180, 240}, {100, 1}, {25, 1}, 6},
      {"one frame", {7}, {30, 1}, {30, 1}, 0},
  };
  for (const Stamps& stamps : table) {
    int uneven = -1;
    EXPECT_EQ(RateOf(stamps.times, kMilliseconds, stamps.stated, uneven), stamps.rate)
        << stamps.name;
    EXPECT_EQ(uneven, stamps.uneven) << stamps.name;
  }
}

TEST(RateOf, KeepsAnExactRateOverManyFrames) {
  std::vector<int64_t> times;
  for (int64_t i = 0; i < 100000; ++i) times.push_back(i * 1001);
  int uneven = -1;
  EXPECT_EQ(RateOf(times, {1, 30000}, {30000, 1001}, uneven), (Rational{30000, 1001}));
  EXPECT_EQ(uneven, 0);
  EXPECT_EQ(RateOf(times, {1, 30000}, {30, 1}, uneven), (Rational{30000, 1001}));
}

TEST(RateOf, TakesStampsThatNoClockShows) {
  constexpr int64_t kFar = int64_t{1} << 62;
  int uneven = -1;
  EXPECT_EQ(RateOf(std::vector<int64_t>{-kFar + 1, 0, kFar - 1}, {1 << 30, 1}, {30, 1}, uneven),
            (Rational{30, 1}));
  EXPECT_EQ(uneven, 2);
}

TEST(TagsWhenDecoded, NeverCallEightBitsHighRange) {
  SourceProperties properties;
  for (const int transfer : {16, 18}) {
    properties.color.transfer = transfer;
    EXPECT_EQ(TagsWhenDecoded(properties).transfer, 1);
  }
  properties.color.transfer = 6;
  EXPECT_EQ(TagsWhenDecoded(properties).transfer, 6);
}

}  // namespace
}  // namespace mouthpiece
