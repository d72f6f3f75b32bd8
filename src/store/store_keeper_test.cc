#include "store/store_keeper.h"

#include <gtest/gtest.h>

#include "support/store_walk.h"

namespace mouthpiece {
namespace {

using testing::Drawn;
using testing::Options;
using testing::Walk;

constexpr FrameSequence kFive{LoopMode::kPingPong, 24, {0, 5}};
constexpr FrameSequence kThree{LoopMode::kRepeat, 24, {1, 4}};
constexpr FrameSequence kSix{LoopMode::kPingPong, 24, {0, 6}};

class StoreKeeperTest : public ::testing::Test {
 protected:
  bool WasKept(CacheMode mode, const FrameSequence& sequence) {
    const StoreKeeper::Opened opened = keeper_.Open(Drawn(), Options(mode), sequence);
    const auto reader = opened.store->Open(Walk(sequence));
    for (int64_t i = 0; i < sequence.size(); ++i) reader->Next();
    keeper_.Keep(opened.store, sequence);
    return opened.was_kept;
  }

  StoreKeeper keeper_;
};

TEST_F(StoreKeeperTest, GivesFramesAgainThatAreInMemory) {
  EXPECT_FALSE(WasKept(CacheMode::kRam, kFive));
  EXPECT_TRUE(WasKept(CacheMode::kRam, kFive));
  EXPECT_TRUE(WasKept(CacheMode::kRam, kThree)) << "in another walk";
  EXPECT_TRUE(WasKept(CacheMode::kRam, kFive)) << "all of them are still there";
  EXPECT_FALSE(WasKept(CacheMode::kRam, kSix)) << "one is missing";
  EXPECT_TRUE(WasKept(CacheMode::kRam, kFive));
}

TEST_F(StoreKeeperTest, KeepsNothingOfOtherModes) {
  EXPECT_FALSE(WasKept(CacheMode::kStream, kFive));
  EXPECT_FALSE(WasKept(CacheMode::kStream, kFive));
  EXPECT_FALSE(WasKept(CacheMode::kRam, kFive));
  EXPECT_FALSE(WasKept(CacheMode::kDisk, kFive));
  EXPECT_FALSE(WasKept(CacheMode::kRam, kFive)) << "the memory was given back";
}

TEST_F(StoreKeeperTest, GivesRendersAtTheSameTimeAStoreEach) {
  EXPECT_FALSE(WasKept(CacheMode::kRam, kFive));
  const StoreKeeper::Opened first = keeper_.Open(Drawn(), Options(CacheMode::kRam), kFive);
  const StoreKeeper::Opened second = keeper_.Open(Drawn(), Options(CacheMode::kRam), kFive);
  EXPECT_TRUE(first.was_kept);
  EXPECT_FALSE(second.was_kept);
}

}  // namespace
}  // namespace mouthpiece
