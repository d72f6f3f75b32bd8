#include "store/store_cost.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "avatar/package.h"
#include "support/video_package.h"

namespace mouthpiece {
namespace {

/// A package as large as a real one; nothing of it is read.
std::shared_ptr<const Avatar> Imagined(int frame_count, int width = 1280, int height = 720) {
  const auto video = [frame_count](int w, int h) {
    PictureSource source;
    source.width = w;
    source.height = h;
    source.frame_count = frame_count;
    source.video.emplace();
    for (int f = 0; f < frame_count; f += 250) source.video->keyframes.push_back(f);
    return source;
  };
  Package package;
  package.full_body = video(width, height);
  package.crops = video(328, 328);
  package.rois = video(320, 320);
  package.model_inputs = video(320, 320);
  package.frame_count = frame_count;
  return testing::MakeAvatar(std::move(package));
}

StoreOptions Options(uint64_t budget, int chunk_frames = 500) {
  StoreOptions options;
  options.memory_budget = budget;
  options.chunk_frames = chunk_frames;
  options.threads = 2;
  return options;
}

constexpr uint64_t kGigabyte = 1'000'000'000;

TEST(EstimateStoreCost, CountsDecoderFramesAndRings) {
  const StoreCost cost =
      EstimateStoreCost(*Imagined(523), CacheMode::kRam, Options(2 * kGigabyte), 523);
  EXPECT_LE(cost.bytes_per_frame, 1'760'000);
  EXPECT_GE(cost.bytes_per_frame, 1280 * 720 * 1.5 + 2 * 320 * 320 * 1.5 + 3 * 8 * 648);
  EXPECT_GE(static_cast<double>(cost.bytes), 523 * cost.bytes_per_frame);
  EXPECT_LE(static_cast<double>(cost.bytes), 523 * cost.bytes_per_frame + 100e6);
}

TEST(EstimateStoreCost, GrowsWithTheFramesNeededInRamOnly) {
  const auto avatar = Imagined(5000);
  const StoreOptions options = Options(2 * kGigabyte, 100);
  for (const CacheMode mode : {CacheMode::kChunk, CacheMode::kStream, CacheMode::kDisk}) {
    EXPECT_EQ(EstimateStoreCost(*avatar, mode, options, 1000).bytes,
              EstimateStoreCost(*avatar, mode, options, 4000).bytes);
  }
  EXPECT_LT(EstimateStoreCost(*avatar, CacheMode::kRam, options, 1000).bytes,
            EstimateStoreCost(*avatar, CacheMode::kRam, options, 4000).bytes);
  // A walk longer than the avatar shows no more frames.
  EXPECT_EQ(EstimateStoreCost(*avatar, CacheMode::kRam, options, 5000).bytes,
            EstimateStoreCost(*avatar, CacheMode::kRam, options, 90000).bytes);
}

TEST(EstimateStoreCost, StreamHoldsAtMost64MegabytesOfPicturesAt720p) {
  const auto avatar = Imagined(5000);
  const StoreOptions options = Options(2 * kGigabyte);
  const uint64_t all = EstimateStoreCost(*avatar, CacheMode::kStream, options, 5000).bytes;
  const uint64_t pictures = all - DecoderBytes(PackageOf(*avatar), CacheMode::kStream, 2);
  EXPECT_LE(pictures, 64'000'000U);
  EXPECT_GE(pictures, 60'000'000U);
}

TEST(StreamWindow, ShrinksWithTheMemoryAndTheFrame) {
  const FrameLayout layout(PackageOf(*Imagined(5000)));
  int slots = 1000;
  for (const uint64_t memory : {100'000'000, 50'000'000, 30'000'000, 10'000'000, 0}) {
    const WindowSize window = StreamWindow(layout, 5000, memory, 8);
    EXPECT_LE(window.slots, slots);
    EXPECT_GE(window.slots, 9);
    EXPECT_GE(window.block, 1);
    EXPECT_LE(window.block + (window.keeps_blocks ? std::max(window.block, 8) : 8), window.slots);
    slots = window.slots;
  }
  EXPECT_EQ(slots, 9);
  const FrameLayout large(PackageOf(*Imagined(5000, 3840, 2160)));
  EXPECT_GE(StreamWindow(large, 5000, kGigabyte, 8).slots, 25);
  const FrameLayout small(PackageOf(*Imagined(5000, 320, 180)));
  EXPECT_GE(StreamWindow(small, 5000, kGigabyte, 8).slots, 100);
}

TEST(ChooseCacheMode, TakesTheFastestThatFits) {
  const auto avatar = Imagined(523);
  const CacheChoice ram = ChooseCacheMode(*avatar, Options(2 * kGigabyte), 522);
  EXPECT_EQ(ram.mode, CacheMode::kRam);
  const CacheChoice chunk = ChooseCacheMode(*avatar, Options(kGigabyte / 2), 522);
  EXPECT_EQ(chunk.mode, CacheMode::kChunk);
  EXPECT_LT(chunk.chunk_frames, 200);
  EXPECT_GE(chunk.chunk_frames, 100);
  const CacheChoice stream = ChooseCacheMode(*avatar, Options(kGigabyte / 5), 522);
  EXPECT_EQ(stream.mode, CacheMode::kStream);
  const CacheChoice nothing = ChooseCacheMode(*avatar, Options(0), 522);
  EXPECT_EQ(nothing.mode, CacheMode::kStream);
  // A short walk needs little.
  EXPECT_EQ(ChooseCacheMode(*avatar, Options(kGigabyte / 2), 200).mode, CacheMode::kRam);
  for (const CacheChoice& choice : {ram, chunk, stream, nothing}) {
    EXPECT_NE(choice.reason.find(" MiB are allowed"), std::string::npos) << choice.reason;
    EXPECT_EQ(choice.reason.find('\n'), std::string::npos);
  }
}

TEST(ChooseCacheMode, KeepsTheBudget) {
  const auto avatar = Imagined(3000);
  for (uint64_t budget = kGigabyte / 4; budget < 8 * kGigabyte; budget += kGigabyte / 4) {
    StoreOptions options = Options(budget);
    const CacheChoice choice = ChooseCacheMode(*avatar, options, 3000);
    options.chunk_frames = choice.chunk_frames;
    EXPECT_LE(EstimateStoreCost(*avatar, choice.mode, options, 3000).bytes, budget)
        << choice.reason;
  }
}

}  // namespace
}  // namespace mouthpiece
