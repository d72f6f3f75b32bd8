#include "store/run_lengths.h"

#include <gtest/gtest.h>

#include <random>

namespace mouthpiece {
namespace {

TEST(RunLengths, GiveThePlaneBack) {
  std::mt19937 random(1);
  for (const auto& [width, height] : {std::pair{1, 1}, {255, 2}, {256, 3}, {700, 4}, {33, 17}}) {
    for (const unsigned values : {1U, 2U, 256U}) {
      std::vector<uint8_t> samples(static_cast<size_t>(width * height));
      for (uint8_t& sample : samples) sample = static_cast<uint8_t>(random() % values);
      std::vector<uint8_t> again(samples.size());
      const std::vector<uint8_t> runs = RunsOf({samples.data(), width, width, height});
      ExpandRuns(runs, {again.data(), width, width, height});
      EXPECT_TRUE(again == samples) << width << "x" << height << " of " << values;
    }
  }
}

TEST(RunLengths, TakeLittleForAnOutline) {
  constexpr int kSide = 500;
  std::vector<uint8_t> samples(kSide * kSide);
  for (int y = 0; y < kSide; ++y) {
    for (int x = 0; x < kSide; ++x) {
      samples[static_cast<size_t>(kSide * y + x)] = x > 100 + y / 2 && x < 480 ? 255 : 0;
    }
  }
  EXPECT_LT(RunsOf({samples.data(), kSide, kSide, kSide}).size(), samples.size() / 50);
}

}  // namespace
}  // namespace mouthpiece
