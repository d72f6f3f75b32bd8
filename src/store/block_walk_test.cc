#include "store/block_walk.h"

#include <gtest/gtest.h>

#include <deque>
#include <random>
#include <vector>

namespace mouthpiece {
namespace {

TEST(CutIntoBlocks, EndsBlocksWhereGopsEnd) {
  const std::vector<int> keyframes{0, 10, 20};
  EXPECT_EQ(CutIntoBlocks(24, 4, keyframes), (std::vector<int>{0, 2, 6, 10, 12, 16, 20}));
  EXPECT_EQ(CutIntoBlocks(24, 7, keyframes), (std::vector<int>{0, 3, 10, 13, 20}));
  EXPECT_EQ(CutIntoBlocks(24, 15, keyframes), (std::vector<int>{0, 10}));
  EXPECT_EQ(CutIntoBlocks(24, 100, keyframes), (std::vector<int>{0}));
}

TEST(CutIntoBlocks, CutsEvenlyWithoutKeyframes) {
  EXPECT_EQ(CutIntoBlocks(7, 3, {}), (std::vector<int>{0, 1, 4}));
  EXPECT_EQ(CutIntoBlocks(1, 3, {}), (std::vector<int>{0}));
}

struct Loads {
  std::vector<Visit> visits;
  int64_t count = 0;
};

Loads All(const FrameSequence& sequence, const std::vector<int>& starts, bool keeps = true) {
  BlockWalk walk(sequence, starts, keeps);
  Loads loads;
  while (const auto visit = walk.Next()) {
    if (visit->is_new) loads.count += visit->last - visit->first + 1;
    loads.visits.push_back(*visit);
  }
  return loads;
}

TEST(BlockWalk, KeepsTheBlockBeforeATurningPoint) {
  const Loads loads = All({LoopMode::kPingPong, 9, {0, 17}}, {0, 3, 6});
  ASSERT_EQ(loads.visits.size(), 5U);
  EXPECT_EQ(loads.visits[2].begin, 6);
  EXPECT_EQ(loads.visits[2].end, 11);
  EXPECT_TRUE(loads.visits[1].is_kept);
  EXPECT_FALSE(loads.visits[3].is_new);
  EXPECT_EQ(loads.visits[3].first_load, loads.visits[1].first_load);
  EXPECT_FALSE(loads.visits[3].is_kept);
  EXPECT_TRUE(loads.visits[4].is_new);
  EXPECT_EQ(loads.count, 12);
}

TEST(BlockWalk, LoadsBlocksAgainWhenNoneMayBeKept) {
  const Loads loads = All({LoopMode::kPingPong, 9, {0, 17}}, {0, 3, 6}, false);
  ASSERT_EQ(loads.visits.size(), 5U);
  EXPECT_FALSE(loads.visits[1].is_kept);
  EXPECT_TRUE(loads.visits[3].is_new);
  EXPECT_EQ(loads.count, 15);
}

TEST(BlockWalk, LoadsTwoBlocksOnceHoweverLongTheWalk) {
  for (const LoopMode loop : {LoopMode::kPingPong, LoopMode::kRepeat}) {
    EXPECT_EQ(All({loop, 8, {0, 1000}}, {0, 4}).count, 8);
    EXPECT_EQ(All({loop, 8, {3, 1000}}, {0, 4}).count, 8);
  }
}

TEST(BlockWalk, StaysInASingleBlockToTheEndOfAVeryLongWalk) {
  const Loads loads = All({LoopMode::kPingPong, 5, {2, int64_t{1} << 40}}, {0});
  ASSERT_EQ(loads.visits.size(), 1U);
  EXPECT_EQ(loads.visits[0].end, (int64_t{1} << 40) - 2);
  EXPECT_EQ(loads.count, 5);
}

TEST(BlockWalk, LoadsOnlyWhatIsShown) {
  const Loads loads = All({LoopMode::kNone, 20, {5, 13}}, {0, 4, 8, 12, 16});
  ASSERT_EQ(loads.visits.size(), 3U);
  EXPECT_EQ(loads.visits[0].first, 5);
  EXPECT_EQ(loads.visits[2].last, 12);
  EXPECT_EQ(loads.count, 8);
}

TEST(BlockWalk, EveryPositionHasItsFrameLoaded) {
  std::mt19937 random(3);
  const auto up_to = [&](int most) { return std::uniform_int_distribution<int>(0, most)(random); };
  for (int round = 0; round < 2000; ++round) {
    const int frames = 1 + up_to(30);
    const LoopMode loop = up_to(1) == 0 ? LoopMode::kPingPong : LoopMode::kRepeat;
    const int begin = up_to(60);
    const FrameSequence sequence{loop, frames, {begin, begin + up_to(150)}};
    std::vector<int> keyframes{0};
    for (int f = 1; f < frames; ++f) {
      if (up_to(5) == 0) keyframes.push_back(f);
    }
    const std::vector<int> starts = CutIntoBlocks(frames, 1 + up_to(12), keyframes);
    std::deque<int> frame_of_load;
    int64_t position = 0;
    BlockWalk walk(sequence, starts, round % 2 == 0);
    while (const auto visit = walk.Next()) {
      ASSERT_EQ(visit->begin, position);
      ASSERT_GT(visit->end, visit->begin);
      if (visit->is_new) {
        ASSERT_EQ(visit->first_load, static_cast<int64_t>(frame_of_load.size()));
        for (int f = visit->first; f <= visit->last; ++f) frame_of_load.push_back(f);
      }
      for (; position < visit->end; ++position) {
        const int frame = sequence.At(position);
        ASSERT_GE(frame, visit->first);
        ASSERT_LE(frame, visit->last);
        ASSERT_EQ(frame_of_load[static_cast<size_t>(visit->LoadOf(frame))], frame);
      }
    }
    ASSERT_EQ(position, sequence.size());
  }
}

}  // namespace
}  // namespace mouthpiece
