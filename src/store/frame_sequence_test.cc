#include "store/frame_sequence.h"

#include <gtest/gtest.h>

#include <vector>

namespace mouthpiece {
namespace {

std::vector<int> Walk(LoopMode loop, int frame_count, int64_t begin, int64_t end) {
  const FrameSequence sequence{loop, frame_count, {begin, end}};
  std::vector<int> walk;
  for (int64_t i = 0; i < sequence.size(); ++i) walk.push_back(sequence.At(i));
  return walk;
}

TEST(FrameSequence, PingPongRepeatsNeitherEndNorReachesN) {
  EXPECT_EQ(Walk(LoopMode::kPingPong, 4, 0, 14),
            (std::vector<int>{0, 1, 2, 3, 2, 1, 0, 1, 2, 3, 2, 1, 0, 1}));
}

TEST(FrameSequence, RepeatStartsOver) {
  EXPECT_EQ(Walk(LoopMode::kRepeat, 3, 0, 7), (std::vector<int>{0, 1, 2, 0, 1, 2, 0}));
}

TEST(FrameSequence, ARangeIsACutOfTheWholeWalk) {
  EXPECT_EQ(Walk(LoopMode::kPingPong, 4, 5, 9), (std::vector<int>{1, 0, 1, 2}));
  EXPECT_EQ(Walk(LoopMode::kNone, 9, 3, 6), (std::vector<int>{3, 4, 5}));
}

TEST(FrameSequence, OneAndTwoFramesWork) {
  EXPECT_EQ(Walk(LoopMode::kPingPong, 1, 0, 3), (std::vector<int>{0, 0, 0}));
  EXPECT_EQ(Walk(LoopMode::kPingPong, 2, 0, 5), (std::vector<int>{0, 1, 0, 1, 0}));
}

TEST(FrameSequence, KnowsTheNextUseOfEveryFrame) {
  for (const LoopMode loop : {LoopMode::kPingPong, LoopMode::kRepeat}) {
    for (const int frames : {1, 2, 3, 7}) {
      const FrameSequence sequence{loop, frames, {5, 40}};
      for (int64_t from = 0; from <= sequence.size(); ++from) {
        for (int frame = 0; frame < frames; ++frame) {
          int64_t expected = from;
          while (expected < sequence.size() && sequence.At(expected) != frame) ++expected;
          if (expected == sequence.size()) expected = -1;
          EXPECT_EQ(sequence.NextUse(frame, from), expected)
              << frames << ' ' << frame << ' ' << from;
        }
      }
    }
  }
}

TEST(FrameSequence, KnowsWhetherItTurnsOrRepeats) {
  const auto turns_or_repeats = [](LoopMode loop, int64_t begin, int64_t end) {
    return FrameSequence{loop, 10, {begin, end}}.TurnsOrRepeats();
  };
  EXPECT_FALSE(turns_or_repeats(LoopMode::kNone, 0, 10));
  EXPECT_FALSE(turns_or_repeats(LoopMode::kPingPong, 0, 10));
  EXPECT_TRUE(turns_or_repeats(LoopMode::kPingPong, 0, 11));
  EXPECT_TRUE(turns_or_repeats(LoopMode::kPingPong, 12, 15));
  EXPECT_FALSE(turns_or_repeats(LoopMode::kRepeat, 7, 17));
  EXPECT_TRUE(turns_or_repeats(LoopMode::kRepeat, 7, 18));
}

}  // namespace
}  // namespace mouthpiece
