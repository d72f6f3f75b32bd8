#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <limits>
#include <numbers>
#include <random>
#include <vector>

#include "audio/mel_filters.h"
#include "mouthpiece/audio.h"
#include "mouthpiece/error.h"

namespace mouthpiece {
namespace {

std::vector<float> Noise(size_t size, unsigned seed = 1) {
  std::mt19937 random(seed);
  std::normal_distribution<float> sample(0, 0.1F);
  std::vector<float> samples(size);
  for (float& value : samples) value = sample(random);
  return samples;
}

std::vector<float> PullAll(MelStream& stream) {
  std::vector<float> rows(static_cast<size_t>(stream.ready()) * kMelBands);
  EXPECT_EQ(stream.Pull(rows), static_cast<int64_t>(rows.size()) / kMelBands);
  EXPECT_EQ(stream.ready(), 0);
  return rows;
}

std::vector<float> Mel(const std::vector<float>& samples) {
  MelStream stream;
  stream.Push(samples);
  stream.Finish();
  return PullAll(stream);
}

/// Row `m`, straight from its definition, in double precision.
std::vector<double> ReferenceRow(const std::vector<float>& samples, int64_t m) {
  std::vector<std::complex<double>> spectrum(401);
  for (int64_t i = 0; i < 800; ++i) {
    const int64_t n = 200 * m - 400 + i;
    if (n < 0 || n >= static_cast<int64_t>(samples.size())) continue;
    const double before = n == 0 ? 0 : static_cast<double>(samples[static_cast<size_t>(n - 1)]);
    const double sample = static_cast<double>(samples[static_cast<size_t>(n)]) - 0.97 * before;
    const double turn = static_cast<double>(i) / 800;
    const double hann = 0.5 - 0.5 * std::cos(2 * std::numbers::pi * turn);
    for (size_t k = 0; k < spectrum.size(); ++k) {
      spectrum[k] +=
          hann * sample * std::polar(1.0, -2 * std::numbers::pi * turn * static_cast<double>(k));
    }
  }
  std::vector<float> magnitudes;
  for (const auto& value : spectrum) magnitudes.push_back(static_cast<float>(std::abs(value)));
  std::vector<float> bands(kMelBands);
  MelFilters({}).Apply(magnitudes, bands);
  std::vector<double> row;
  for (const float band : bands) {
    const double db = 20 * std::log10(std::max(1e-5, static_cast<double>(band))) - 20;
    row.push_back(std::clamp(8 * (db + 100) / 100 - 4, -4.0, 4.0));
  }
  return row;
}

TEST(MelStream, FollowsItsDefinitionFromTheFirstRowToTheLast) {
  const std::vector<float> samples = Noise(2117);
  const std::vector<float> mel = Mel(samples);
  ASSERT_EQ(mel.size(), 11u * kMelBands);
  for (size_t m = 0; m < 11; ++m) {
    const std::vector<double> expected = ReferenceRow(samples, static_cast<int64_t>(m));
    for (size_t band = 0; band < kMelBands; ++band) {
      EXPECT_NEAR(mel[m * kMelBands + band], expected[band], 1e-4) << m << ", " << band;
    }
  }
}

TEST(MelStream, GivesARowForEveryHop) {
  for (const size_t size : {0u, 1u, 199u, 200u, 399u, 400u, 401u, 799u, 800u, 1600u, 16001u}) {
    EXPECT_EQ(Mel(Noise(size)).size(), (size / 200 + 1) * kMelBands) << size;
  }
}

TEST(MelStream, SilenceIsTheLowestValue) {
  for (const float value : Mel(std::vector<float>(5000, 0.0F))) EXPECT_EQ(value, -4.0F);
}

TEST(MelStream, FullScaleStaysInRange) {
  std::vector<float> square(8000);
  for (size_t i = 0; i < square.size(); ++i) square[i] = i / 20 % 2 == 0 ? 1.0F : -1.0F;
  const std::vector<float> mel = Mel(square);
  EXPECT_LE(std::ranges::max(mel), 4.0F);
  EXPECT_GT(std::ranges::max(mel), 1.0F);
}

TEST(MelStream, DoesNotCareHowSamplesArrive) {
  const std::vector<float> samples = Noise(30011);
  const std::vector<float> expected = Mel(samples);
  std::mt19937 random(5);
  for (const size_t most : {1u, 7u, 199u, 1000u, 9000u}) {
    MelStream stream;
    std::vector<float> rows;
    const auto pull = [&] {
      const std::vector<float> part = PullAll(stream);
      rows.insert(rows.end(), part.begin(), part.end());
    };
    for (size_t at = 0; at < samples.size();) {
      const size_t size = std::min(samples.size() - at, 1 + random() % most);
      stream.Push(std::span(samples).subspan(at, size));
      at += size;
      if (random() % 3 != 0) pull();
    }
    stream.Finish();
    pull();
    EXPECT_EQ(rows, expected) << "pieces of up to " << most;
  }
}

TEST(MelStream, ARowIsReady25MillisecondsAfterItsTime) {
  MelStream stream;
  const std::vector<float> samples = Noise(400);
  stream.Push(std::span(samples).first(399));
  EXPECT_EQ(stream.ready(), 0);
  stream.Push(std::span(samples).first(1));
  EXPECT_EQ(stream.ready(), 1);
  stream.Push(std::span(samples).first(199));
  EXPECT_EQ(stream.ready(), 1);
  stream.Push(std::span(samples).first(1));
  EXPECT_EQ(stream.ready(), 2);
}

TEST(MelStream, PullsNoMoreThanThereIsRoomFor) {
  const std::vector<float> samples = Noise(3000);
  const std::vector<float> expected = Mel(samples);
  MelStream stream;
  stream.Push(samples);
  stream.Finish();
  std::vector<float> rows;
  std::vector<float> part(3 * kMelBands);
  while (const int64_t count = stream.Pull(part)) {
    rows.insert(rows.end(), part.begin(), part.begin() + count * kMelBands);
  }
  EXPECT_EQ(rows, expected);
}

TEST(MelStream, SamplesThatAreNoNumbersAreSilence) {
  std::vector<float> damaged = Noise(8000);
  std::vector<float> silenced = damaged;
  damaged[3000] = std::numeric_limits<float>::quiet_NaN();
  damaged[3001] = std::numeric_limits<float>::infinity();
  damaged[5000] = -std::numeric_limits<float>::infinity();
  silenced[3000] = silenced[3001] = silenced[5000] = 0;
  EXPECT_EQ(Mel(damaged), Mel(silenced));
  damaged[4000] = std::numeric_limits<float>::max();
  for (const float value : Mel(damaged)) EXPECT_TRUE(value >= -4 && value <= 4);
}

TEST(MelStream, RefusesSamplesAfterTheLastAndPartsOfRows) {
  MelStream stream;
  stream.Push(Noise(1000));
  std::vector<float> odd(81);
  EXPECT_THROW(stream.Pull(odd), Error);
  stream.Finish();
  stream.Finish();
  EXPECT_THROW(stream.Push(Noise(1)), Error);
  EXPECT_EQ(stream.ready(), 6);
}

}  // namespace
}  // namespace mouthpiece
