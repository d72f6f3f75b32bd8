#include "media/memory_sound.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <vector>

#include "media/sound.h"
#include "media/speech_reader.h"
#include "support/errors.h"
#include "support/files.h"
#include "support/sound.h"

namespace mouthpiece {
namespace {

using testing::EmptyFolder;
using testing::ExpectError;
using testing::MakeSound;
using testing::WriteWav;

std::vector<float> ReadAll(media::SpeechReader reader) {
  std::vector<float> samples;
  std::vector<float> some(1000);
  while (const size_t count = reader.Read(some)) {
    samples.insert(samples.end(), some.begin(), some.begin() + static_cast<std::ptrdiff_t>(count));
  }
  return samples;
}

/// As WriteWav rounds them.
std::vector<int16_t> Rounded(const std::vector<float>& sound) {
  std::vector<int16_t> samples(sound.size());
  std::ranges::transform(sound, samples.begin(), [](float value) {
    return static_cast<int16_t>(std::lround(value * 32767));
  });
  return samples;
}

SpeechSamples Of(Samples samples, int rate) {
  return {std::make_shared<const Samples>(std::move(samples)), rate};
}

TEST(MemorySound, IsHeardAsTheFileOfItsSamples) {
  const auto file = EmptyFolder() / "a.wav";
  for (const int rate : {8000, 16000, 22050, 24000, 44100, 48000}) {
    const std::vector<float> sound = MakeSound(rate, 1.3, 1);
    WriteWav(file, rate, 1, sound);
    const std::vector<float> expected = ReadAll(media::SpeechReader(file));
    const std::vector<int16_t> integers = Rounded(sound);
    std::vector<float> floats(integers.size());
    std::ranges::transform(integers, floats.begin(), [](int16_t x) { return x / 32768.0F; });
    EXPECT_EQ(ReadAll(media::SpeechReader(Of(integers, rate))), expected) << rate;
    EXPECT_EQ(ReadAll(media::SpeechReader(Of(floats, rate))), expected) << rate;

    for (const size_t piece : {size_t{1}, size_t{77}, size_t{4000}}) {
      size_t given = 0;
      const auto take = [&](std::span<float> room) {
        const size_t count = std::min({piece, room.size(), floats.size() - given});
        std::copy_n(floats.begin() + static_cast<std::ptrdiff_t>(given), count, room.begin());
        given += count;
        return count;
      };
      EXPECT_EQ(ReadAll(media::SpeechReader(rate, take)), expected) << rate << ", " << piece;
    }
    const auto kept = std::make_shared<const media::Sound>(Of(integers, rate));
    EXPECT_EQ(kept->speech_samples(), static_cast<int64_t>(expected.size()));
    EXPECT_EQ(ReadAll(media::SpeechReader(kept)), expected);
  }
}

TEST(MemorySound, RefusesWhatIsNoSound) {
  ExpectError(ErrorCode::kInvalidArgument, {"from -1 to 1, found 8000"}, [] {
    media::SpeechReader(Of(std::vector<float>{0, -8000, 0}, 16000));
  });
  ExpectError(ErrorCode::kInvalidArgument, {"1000 to 768000 a second, found 0"},
              [] { media::SpeechReader(Of(std::vector<float>{0}, 0)); });
  ExpectError(ErrorCode::kInvalidArgument, {"one sample or more"},
              [] { media::Sound sound(Of(std::vector<float>{}, 16000)); });
  ExpectError(ErrorCode::kInvalidArgument, {"expected samples, found none"},
              [] { media::SpeechReader(SpeechSamples{}); });
}

TEST(MemorySound, HearsSilenceWhereSamplesAreNoNumbers) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const media::Sound sound(Of(std::vector<float>{0.5F, nan, 0.5F}, 16000));
  ASSERT_EQ(sound.warnings().size(), 1U);
  EXPECT_EQ(sound.warnings()[0],
            "audio: 1 samples are no numbers, or out of all bounds: silence is in their place");
}

}  // namespace
}  // namespace mouthpiece
