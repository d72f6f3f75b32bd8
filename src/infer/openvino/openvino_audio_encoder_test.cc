#include "infer/openvino/openvino_audio_encoder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <vector>

#include "infer/audio_encoder.h"
#include "support/audio_windows.h"
#include "support/fixtures.h"

namespace mouthpiece {
namespace {

using testing::Encode;
using testing::kEncoderRow;
using testing::kEncoderWindow;
using testing::Model;
using testing::RandomWindows;

/// What the test's networks compute.
std::vector<float> Expected(std::span<const float> windows) {
  std::vector<float> rows;
  for (size_t w = 0; w < windows.size() / kEncoderWindow; ++w) {
    for (size_t j = 0; j < kEncoderRow; ++j)
      rows.push_back(2 * windows[w * kEncoderWindow + 5 * j % kEncoderWindow]);
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
    EXPECT_EQ(encoder->windows().size(), static_cast<size_t>(encoder->batch()) * kEncoderWindow);
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
