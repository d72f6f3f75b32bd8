#include "store/scratch_slots.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

namespace mouthpiece {
namespace {

/// Walks the sequence as a loader does; returns how often a frame had to be decoded.
int Decoded(const FrameSequence& sequence, int capacity) {
  ScratchSlots slots(sequence, capacity);
  int decoded = 0;
  for (int64_t i = 0; i < sequence.size(); ++i) {
    const int frame = sequence.At(i);
    if (slots.Find(frame) >= 0) continue;
    ++decoded;
    slots.Place(frame, i + 1);
  }
  return decoded;
}

TEST(ScratchSlots, EveryFrameIsDecodedOnceWhenAllHaveRoom) {
  for (const LoopMode loop : {LoopMode::kPingPong, LoopMode::kRepeat}) {
    EXPECT_EQ(Decoded({loop, 10, {0, 100}}, 10), 10);
    EXPECT_EQ(Decoded({loop, 10, {13, 100}}, 10), 10);
  }
}

TEST(ScratchSlots, KeepTheFramesAroundATurningPoint) {
  // There: 0 to 9. Back: 8 to 4 are held, 3 to 0 are not.
  EXPECT_EQ(Decoded({LoopMode::kPingPong, 10, {0, 19}}, 5), 10 + 4);
}

TEST(ScratchSlots, TakeNothingThatIsNotNeededAgain) {
  ScratchSlots once({LoopMode::kNone, 10, {0, 10}}, 10);
  EXPECT_EQ(once.Place(0, 1), -1);
  ScratchSlots twice({LoopMode::kPingPong, 10, {0, 12}}, 10);  // ... 8 9 8 7
  EXPECT_EQ(twice.Place(6, 7), -1);
  EXPECT_EQ(twice.Place(7, 8), 0);
  EXPECT_EQ(twice.Find(7), 0);
}

TEST(ScratchSlots, NoTwoFramesShareAPlace) {
  std::minstd_rand random(1);
  for (int round = 0; round < 200; ++round) {
    const int frames = 1 + static_cast<int>(random() % 40);
    const int capacity = 1 + static_cast<int>(random() % 20);
    const LoopMode loop = random() % 2 == 0 ? LoopMode::kPingPong : LoopMode::kRepeat;
    const FrameSequence sequence{loop, frames, {0, 200}};
    ScratchSlots slots(sequence, capacity);
    for (int64_t i = 0; i < sequence.size(); ++i) {
      const int frame = static_cast<int>(random() % static_cast<unsigned>(frames));
      if (slots.Find(frame) < 0) slots.Place(frame, i);
      std::set<int> taken;
      int held = 0;
      for (int f = 0; f < frames; ++f) {
        if (slots.Find(f) < 0) continue;
        ++held;
        ASSERT_LT(slots.Find(f), capacity);
        taken.insert(slots.Find(f));
      }
      ASSERT_EQ(static_cast<int>(taken.size()), held);
    }
  }
}

}  // namespace
}  // namespace mouthpiece
