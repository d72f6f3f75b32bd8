#include "media/push_resampler.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <span>
#include <vector>

#include "media/speech_reader.h"

namespace mouthpiece::media {
namespace {

std::vector<float> Noise(size_t count) {
  std::mt19937 random(static_cast<unsigned>(count));
  std::uniform_real_distribution<float> value(-0.9F, 0.9F);
  std::vector<float> samples(count);
  std::ranges::generate(samples, [&] { return value(random); });
  return samples;
}

/// What SpeechReader makes of the samples.
std::vector<float> Read(const std::vector<float>& samples, int rate) {
  SpeechReader reader(SpeechSamples{std::make_shared<const Samples>(samples), rate});
  std::vector<float> all(samples.size() * 17 + 1000);
  all.resize(reader.Read(all));
  return all;
}

class PushedAtRate : public ::testing::TestWithParam<int> {};

TEST_P(PushedAtRate, SamplesAreThoseOfAReaderWhateverThePieces) {
  for (const size_t count : {1, 7, 400, 12345}) {
    const std::vector<float> samples = Noise(count);
    const std::vector<float> expected = Read(samples, GetParam());
    for (const size_t most : {1, 320, 100000}) {
      if (most == 1 && count > 1000) continue;
      std::mt19937 random(1);
      PushResampler resampler(GetParam(), 16000);
      std::vector<float> converted;
      for (size_t at = 0; at < count;) {
        const size_t size =
            std::min(count - at, std::uniform_int_distribution<size_t>(1, most)(random));
        resampler.Push(std::span(samples).subspan(at, size), converted);
        at += size;
      }
      resampler.Finish(converted);
      EXPECT_EQ(converted, expected) << count << " samples in pieces of up to " << most;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(, PushedAtRate,
                         ::testing::Values(1000, 8000, 16000, 22050, 24000, 44100, 48000, 192000));

TEST(PushResampler, SixteenBitsAtTheirOwnRateStayAsTheyAre) {
  std::vector<float> samples;
  std::vector<int16_t> expected;
  for (int value = -32768; value < 32768; value += 3) {
    expected.push_back(static_cast<int16_t>(value));
    samples.push_back(static_cast<float>(value) / 32768.0F);
  }
  PushResampler resampler(48000, 48000);
  std::vector<int16_t> converted;
  resampler.Push(samples, converted);
  resampler.Finish(converted);
  EXPECT_EQ(converted, expected);
}

TEST(PushResampler, LouderThanFullScaleIsClipped) {
  PushResampler resampler(48000, 48000);
  std::vector<int16_t> converted;
  resampler.Push(std::vector<float>{1.5F, -1.5F}, converted);
  EXPECT_EQ(converted, (std::vector<int16_t>{32767, -32768}));
}

}  // namespace
}  // namespace mouthpiece::media
