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

}  // namespace
}  // namespace mouthpiece
