#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <random>
#include <vector>

#include "avatar/features.h"
#include "mouthpiece/audio.h"
#include "mouthpiece/error.h"
#include "support/errors.h"
#include "support/fixtures.h"
#include "support/package.h"
#include "support/rounds.h"
#include "support/sound.h"
#include "support/speaker.h"

namespace mouthpiece {
namespace {

using testing::NoisySpeech;
using testing::Speaker;

std::vector<float> PullAll(FeatureStream& stream) {
  std::vector<float> rows(static_cast<size_t>(stream.ready()) * kFeatureValues);
  EXPECT_EQ(stream.Pull(rows), static_cast<int64_t>(rows.size()) / kFeatureValues);
  EXPECT_EQ(stream.ready(), 0);
  return rows;
}

/// What the test's encoder makes of the windows of `samples`, both ends doubled.
std::vector<float> Expected(const std::vector<float>& samples) {
  MelStream stream;
  stream.Push(samples);
  stream.Finish();
  std::vector<float> mel(static_cast<size_t>(stream.ready()) * kMelBands);
  int64_t mel_rows = stream.Pull(mel);
  if (mel_rows < 16) mel.resize(size_t{16} * kMelBands, -4.0F);
  mel_rows = std::max<int64_t>(mel_rows, 16);
  const int64_t windows = (mel_rows - 16) * 25 / 80 + 2;
  std::vector<float> rows;
  for (int64_t row = 0; row < windows + 2; ++row) {
    const int64_t f = std::clamp<int64_t>(row - 1, 0, windows - 1);
    const int64_t first = std::min(80 * f / 25, mel_rows - 16);
    for (int64_t j = 0; j < kFeatureValues; ++j) {
      const int64_t place = 5 * j % 1280;
      rows.push_back(2 * mel[static_cast<size_t>((first + place % 16) * kMelBands + place / 16)]);
    }
  }
  return rows;
}

TEST(FeatureStream, FollowsItsDefinition) {
  const Speaker speaker;
  const auto avatar = speaker.Open();
  for (const size_t size : {0u, 1u, 1600u, 3000u, 3200u, 3399u, 3400u, 16000u, 33333u}) {
    FeatureStream stream(*avatar);
    const std::vector<float> samples = NoisySpeech(size);
    stream.Push(samples);
    stream.Finish();
    EXPECT_EQ(PullAll(stream), Expected(samples)) << size;
  }
}

TEST(FeatureStream, DoesNotCareHowSamplesArriveNorHowManyWindowsACallHolds) {
  const Speaker speaker;
  const auto avatar = speaker.Open();
  const std::vector<float> samples = NoisySpeech(40007);
  const std::vector<float> expected = Expected(samples);
  std::mt19937 random(9);
  for (const int batch : {0, 1, 7}) {
    for (const size_t most : {100u, 2000u, 50000u}) {
      FeatureStream stream(*avatar, {.batch = batch});
      std::vector<float> rows;
      const auto pull = [&](size_t room) {
        std::vector<float> some(room * kFeatureValues);
        const int64_t count = stream.Pull(some);
        rows.insert(rows.end(), some.begin(), some.begin() + count * kFeatureValues);
      };
      for (size_t at = 0; at < samples.size();) {
        const size_t size = std::min(samples.size() - at, 1 + random() % most);
        stream.Push(std::span(samples).subspan(at, size));
        at += size;
        pull(random() % 4);
      }
      stream.Finish();
      while (stream.ready() > 0) pull(3);
      EXPECT_EQ(rows, expected) << batch << ", pieces of up to " << most;
    }
  }
}

TEST(FeatureStream, ARowIsReadyWhenItIsSaidToBe) {
  const Speaker speaker;
  const auto avatar = speaker.Open();
  FeatureStream stream(*avatar, {.batch = 1});
  const std::vector<float> sample(40, 0.0F);
  int64_t ready = 0;
  for (int64_t pushed = 0; pushed < 40000; pushed += 40) {
    EXPECT_EQ(stream.ready(), ready) << pushed;
    stream.Push(sample);
    while (true) {
      const int64_t window = std::max<int64_t>(0, ready - 1);
      const int64_t needed = 200 * (80 * window / 25 + 15) + 400;
      EXPECT_LE(needed, ready == 0 ? 3400 : 640 * ready + 2760) << "the latency that is documented";
      if (needed > pushed + 40) break;
      ++ready;
    }
  }
  EXPECT_GT(ready, 50);
}

TEST(FeatureStream, SaysWhatAPackageWithoutEncoderNeeds) {
  const testing::TestPackage package;
  testing::ExpectError(ErrorCode::kBadPackage,
                       {package.path().string(), "audio_encoder.onnx", "--features"},
                       [&] { FeatureStream stream(*Avatar::Open(package.path())); });
}

TEST(FeatureStream, NamesAnEncoderOfAnotherKind) {
  const Speaker speaker("wrong/encoders/narrow");
  testing::ExpectError(ErrorCode::kBadPackage, {"audio_encoder.onnx", "[N,512]", "256"},
                       [&] { FeatureStream stream(*speaker.Open()); });
}

TEST(FeatureStream, RefusesSamplesAfterTheLastAndPartsOfRows) {
  const Speaker speaker;
  FeatureStream stream(*speaker.Open());
  std::vector<float> odd(513);
  EXPECT_THROW(stream.Pull(odd), Error);
  stream.Finish();
  stream.Finish();
  EXPECT_EQ(stream.ready(), 4);
  EXPECT_THROW(stream.Push(NoisySpeech(1)), Error);
}

TEST(FeatureStream, GivesTheFeaturesThatARealPackageCameWith) {
  const auto sound = testing::RealSpeech();
  if (!std::filesystem::exists(sound)) GTEST_SKIP() << sound << " is not there";
  if (testing::kSanitized) GTEST_SKIP() << "much arithmetic, whose memory other tests see";
  const FeatureTable stored = LoadFeatures(testing::RealPackage() / "aud_ave.npy");
  const FeatureTable found = ComputeFeatures(sound, *Avatar::Open(testing::RealPackage()));
  ASSERT_EQ(found.rows, stored.rows);
  ASSERT_EQ(found.row_size, stored.row_size);
  double sum = 0;
  for (size_t i = 0; i < found.values.size(); ++i) {
    sum += std::abs(static_cast<double>(found.values[i]) - static_cast<double>(stored.values[i]));
  }
  EXPECT_LT(sum / static_cast<double>(found.values.size()), 0.06);
}

}  // namespace
}  // namespace mouthpiece
