#include "infer/openvino/openvino_audio_encoder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <random>
#include <vector>

#include "infer/audio_encoder.h"
#include "support/fixtures.h"

namespace mouthpiece {
namespace {

using testing::Model;

constexpr size_t kWindow = 1280;
constexpr size_t kRow = 512;

std::vector<float> RandomWindows(size_t count) {
  std::mt19937 random(1);
  std::uniform_real_distribution<float> value(-4, 4);
  std::vector<float> windows(count * kWindow);
  for (float& x : windows) x = value(random);
  return windows;
}

/// Runs all windows, as many a call as it takes.
std::vector<float> Encode(AudioEncoder& encoder, std::span<const float> windows) {
  std::vector<float> rows;
  while (!windows.empty()) {
    const size_t most = static_cast<size_t>(encoder.batch());
    const size_t count = std::min(most, windows.size() / kWindow);
    std::ranges::copy(windows.first(count * kWindow), encoder.windows().begin());
    const std::span<const float> result = encoder.Run(static_cast<int>(count));
    EXPECT_EQ(result.size(), count * kRow);
    rows.insert(rows.end(), result.begin(), result.end());
    windows = windows.subspan(count * kWindow);
  }
  return rows;
}

/// What the test's networks compute.
std::vector<float> Expected(std::span<const float> windows) {
  std::vector<float> rows;
  for (size_t w = 0; w < windows.size() / kWindow; ++w) {
    for (size_t j = 0; j < kRow; ++j) rows.push_back(2 * windows[w * kWindow + 5 * j % kWindow]);
  }
  return rows;
}

TEST(OpenVinoAudioEncoder, GivesARowForEveryWindow) {
  for (const int batch : {0, 1, 2, 7}) {
    const auto encoder = CreateOpenVinoAudioEncoder({.model = Model("encoder"), .batch = batch});
    if (batch > 0) {
      EXPECT_EQ(encoder->batch(), batch);
    } else {
      EXPECT_GT(encoder->batch(), 1);
    }
    EXPECT_EQ(encoder->windows().size(), static_cast<size_t>(encoder->batch()) * kWindow);
    for (const size_t count : {1u, 5u, 60u}) {
      const std::vector<float> windows = RandomWindows(count);
      EXPECT_EQ(Encode(*encoder, windows), Expected(windows)) << batch << ", " << count;
    }
  }
}

TEST(OpenVinoAudioEncoder, ChangesAFixedBatchWhereTheGraphAllows) {
  const auto encoder = CreateOpenVinoAudioEncoder({.model = Model("encoder_fixed1"), .batch = 4});
  EXPECT_EQ(encoder->batch(), 4);
  const std::vector<float> windows = RandomWindows(9);
  EXPECT_EQ(Encode(*encoder, windows), Expected(windows));
}

TEST(OpenVinoAudioEncoder, KeepsABatchThatCannotBeChanged) {
  for (const int batch : {0, 1, 8}) {
    const auto encoder =
        CreateOpenVinoAudioEncoder({.model = Model("encoder_stuck3"), .batch = batch});
    EXPECT_EQ(encoder->batch(), 3);
    const std::vector<float> windows = RandomWindows(7);
    EXPECT_EQ(Encode(*encoder, windows), Expected(windows));
  }
}

TEST(OpenVinoAudioEncoder, AResultDoesNotDependOnItsPlaceInTheBatch) {
  const auto path = testing::RealPackage() / "models" / "audio_encoder.onnx";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << path << " is not there";
  const auto one = CreateOpenVinoAudioEncoder({.model = path, .batch = 1});
  const auto many = CreateOpenVinoAudioEncoder({.model = path, .batch = 6});
  const std::vector<float> windows = RandomWindows(9);
  const std::vector<float> alone = Encode(*one, windows);
  const std::vector<float> together = Encode(*many, windows);
  ASSERT_EQ(alone.size(), together.size());
  for (size_t i = 0; i < alone.size(); ++i) ASSERT_NEAR(alone[i], together[i], 1e-4F) << i;
}

}  // namespace
}  // namespace mouthpiece
