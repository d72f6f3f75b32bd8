#include <gtest/gtest.h>

#include "support/errors.h"
#include "support/store_walk.h"

namespace mouthpiece {
namespace {

using testing::CheckWalk;
using testing::Contains;
using testing::Drawn;
using testing::ErrorOf;
using testing::Options;
using testing::Walk;

TEST(RamStore, PreloadsOnlyWhatTheWalkShows) {
  const FrameSequence sequence{LoopMode::kRepeat, 24, {22, 27}};
  const auto store = OpenFrameStore(Drawn(), Options(CacheMode::kRam), sequence);
  EXPECT_EQ(store->peak_bytes(), static_cast<uint64_t>(5 * store->bytes_per_frame()));
  const auto reader = store->Open(Walk({LoopMode::kRepeat, 24, {0, 24}}));
  for (int i = 0; i < 3; ++i) reader->Next();
  EXPECT_TRUE(Contains(ErrorOf([&] { reader->Next(); }), "frame 3 was not preloaded"));
}

TEST(RamStore, LendsFramesBeforeAllAreThere) {
  const FrameSequence sequence{LoopMode::kPingPong, 24, {20, 70}};  // turns after three frames
  const auto store = OpenFrameStore(Drawn(), Options(CacheMode::kRam), sequence);
  const auto reader = store->Open(Walk(sequence));
  for (int i = 0; i < 10; ++i) reader->Next();
  const double so_far = store->preload_seconds();
  for (int64_t i = 10; i < sequence.size(); ++i) reader->Next();
  const double seconds = store->preload_seconds();
  EXPECT_GT(so_far, 0);
  EXPECT_GE(seconds, so_far);
  EXPECT_EQ(store->preload_seconds(), seconds) << "it has ended";
}

TEST(RamStore, PreloadsWithAnyNumberOfThreads) {
  for (const int threads : {1, 2, 3, 7, 20}) {
    StoreOptions options = Options(CacheMode::kRam);
    options.threads = threads;
    CheckWalk(Drawn(), {options, {LoopMode::kPingPong, 24, {0, 50}}});
    CheckWalk(Drawn(), {options, {LoopMode::kPingPong, 24, {30, 33}}});
  }
}

}  // namespace
}  // namespace mouthpiece
