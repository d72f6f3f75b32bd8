#include "media/speech_reader.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "support/errors.h"
#include "support/files.h"
#include "support/sound.h"

namespace mouthpiece {
namespace {

using testing::EmptyFolder;
using testing::Ffmpeg;
using testing::MakeSound;
using testing::WriteWav;

constexpr int kRate = 16000;

std::vector<float> Read(const std::filesystem::path& path, size_t part = 1000) {
  media::SpeechReader reader(path);
  std::vector<float> samples;
  std::vector<float> some(part);
  while (const size_t count = reader.Read(some)) {
    samples.insert(samples.end(), some.begin(), some.begin() + static_cast<std::ptrdiff_t>(count));
  }
  return samples;
}

double Rms(const std::vector<float>& samples) {
  double sum = 0;
  for (const float value : samples) sum += static_cast<double>(value) * static_cast<double>(value);
  return std::sqrt(sum / static_cast<double>(samples.size()));
}

/// 16 kHz sound as a 16-bit file holds it.
std::vector<float> Rounded(std::vector<float> samples) {
  for (float& value : samples) value = std::round(value * 32767) / 32768;
  return samples;
}

std::string Quoted(const std::filesystem::path& path) {
  std::string text = "'";
  return text.append(path.string()).append("'");
}

TEST(SpeechReader, GivesTheSamplesOfA16KilohertzFileAsTheyAre) {
  const auto file = EmptyFolder() / "a.wav";
  for (const size_t size : {1u, 799u, 16000u, 33333u}) {
    const std::vector<float> sound = MakeSound(kRate, static_cast<double>(size) / kRate, 1);
    WriteWav(file, kRate, 1, sound);
    const std::vector<float> heard = Read(file);
    ASSERT_EQ(heard.size(), sound.size());
    const std::vector<float> expected = Rounded(sound);
    for (size_t i = 0; i < heard.size(); ++i) ASSERT_NEAR(heard[i], expected[i], 1.01F / 32768);
    EXPECT_EQ(heard, Read(file, 37)) << "whatever the parts";
  }
}

TEST(SpeechReader, KeepsTimeAndLevelOfOtherRates) {
  const auto folder = EmptyFolder();
  WriteWav(folder / "a.wav", kRate, 1, MakeSound(kRate, 2, 2));
  const std::vector<float> sound = Read(folder / "a.wav");
  for (const int rate : {8000, 11025, 22050, 32000, 44100, 48000, 96000, 192000}) {
    Ffmpeg("-i " + Quoted(folder / "a.wav") + " -ar " + std::to_string(rate) + " " +
           Quoted(folder / "b.wav"));
    const std::vector<float> heard = Read(folder / "b.wav");
    EXPECT_NEAR(static_cast<double>(heard.size()), 32000, 16) << rate;
    EXPECT_EQ(testing::FindDelay(sound, heard, 100), 0) << rate;
    EXPECT_NEAR(Rms(heard) / Rms(sound), 1, rate < kRate ? 0.2 : 0.01) << rate;
  }
}

TEST(SpeechReader, TwoChannelsBecomeTheirMean) {
  const auto folder = EmptyFolder();
  WriteWav(folder / "mono.wav", kRate, 1, MakeSound(kRate, 1, 3));
  WriteWav(folder / "both.wav", kRate, 2, MakeSound(kRate, 1, 3));
  const std::vector<float> mono = Read(folder / "mono.wav");
  const std::vector<float> both = Read(folder / "both.wav");
  Ffmpeg("-i " + Quoted(folder / "mono.wav") + " -af 'pan=stereo|FL=c0|FR=0*c0' " +
         Quoted(folder / "left.wav"));
  const std::vector<float> left = Read(folder / "left.wav");
  ASSERT_EQ(both.size(), mono.size());
  ASSERT_EQ(left.size(), mono.size());
  for (size_t i = 0; i < mono.size(); ++i) {
    ASSERT_NEAR(both[i], mono[i], 1e-4F);
    ASSERT_NEAR(left[i], mono[i] / 2, 1e-4F);
  }
}

TEST(SpeechReader, AVoiceInTheCentreKeepsItsLevel) {
  const auto folder = EmptyFolder();
  WriteWav(folder / "mono.wav", kRate, 1, MakeSound(kRate, 1, 4));
  const std::vector<float> mono = Read(folder / "mono.wav");
  for (const char* layout : {"5.0", "5.1", "7.1"}) {
    Ffmpeg("-i " + Quoted(folder / "mono.wav") + " -af 'pan=" + layout + "|FC=c0' " +
           Quoted(folder / "many.wav"));
    const std::vector<float> heard = Read(folder / "many.wav");
    ASSERT_EQ(heard.size(), mono.size());
    for (size_t i = 0; i < mono.size(); ++i) ASSERT_NEAR(heard[i], mono[i], 1e-4F) << layout;
  }
}

TEST(SpeechReader, ReadsAnyNumberOfChannels) {
  const auto folder = EmptyFolder();
  for (const int channels : {3, 4, 5, 7, 9, 16}) {
    WriteWav(folder / "a.wav", kRate, channels, MakeSound(kRate, 0.5, 5));
    const std::vector<float> heard = Read(folder / "a.wav");
    EXPECT_EQ(heard.size(), 8000u) << channels;
    EXPECT_GT(Rms(heard), 0.01) << channels;
  }
}

TEST(SpeechReader, ReadsWhatPeopleHave) {
  const auto folder = EmptyFolder();
  WriteWav(folder / "a.wav", 48000, 2, MakeSound(48000, 2, 6));
  const std::vector<float> sound = Read(folder / "a.wav");
  for (const char* name : {"b.mp3", "b.ogg", "b.opus", "b.flac", "b.m4a", "b.aac", "b.aiff"}) {
    Ffmpeg("-i " + Quoted(folder / "a.wav") + " " + Quoted(folder / name));
    const std::vector<float> heard = Read(folder / name);
    // A bare AAC stream and MP3 in general may say nothing of their encoder's delay.
    EXPECT_NEAR(static_cast<double>(heard.size()), 32000, 1200) << name;
    EXPECT_LE(std::abs(testing::FindDelay(sound, heard, 1200)), 1024) << name;
  }
}

TEST(SpeechReader, AVideosSoundBeginsWithItsPicture) {
  const auto folder = EmptyFolder();
  WriteWav(folder / "a.wav", kRate, 1, MakeSound(kRate, 2, 7));
  const std::vector<float> sound = Read(folder / "a.wav");
  for (const char* name : {"b.mp4", "b.mkv", "b.mov"}) {
    Ffmpeg("-f lavfi -i testsrc=size=64x48:duration=3 -itsoffset 0.5 -i " +
           Quoted(folder / "a.wav") + " -map 0:v -map 1:a -ar 48000 " + Quoted(folder / name));
    const std::vector<float> heard = Read(folder / name);
    EXPECT_NEAR(static_cast<double>(heard.size()), 40000, 1000) << name;
    EXPECT_NEAR(testing::FindDelay(sound, heard, 9000), 8000, 40) << name;
  }
}

TEST(SpeechReader, ExpectsWhatTheFileSays) {
  const auto folder = EmptyFolder();
  WriteWav(folder / "a.wav", 8000, 1, MakeSound(8000, 1.5, 8));
  EXPECT_EQ(media::SpeechReader(folder / "a.wav").expected_samples(), 24000);
}

TEST(SpeechReader, ATruncatedFileGivesWhatIsThere) {
  const auto folder = EmptyFolder();
  WriteWav(folder / "a.wav", kRate, 1, MakeSound(kRate, 4, 9));
  Ffmpeg("-i " + Quoted(folder / "a.wav") + " " + Quoted(folder / "a.mp3"));
  for (const char* name : {"a.wav", "a.mp3"}) {
    std::filesystem::resize_file(folder / name, std::filesystem::file_size(folder / name) / 2);
    EXPECT_NEAR(static_cast<double>(Read(folder / name).size()), 32000, 2500) << name;
  }
}

TEST(SpeechReader, DamageDoesNotShiftWhatFollows) {
  const auto folder = EmptyFolder();
  WriteWav(folder / "a.wav", kRate, 1, MakeSound(kRate, 8, 10));
  Ffmpeg("-i " + Quoted(folder / "a.wav") + " -c:a aac " + Quoted(folder / "a.mkv"));
  testing::DamageMiddle(folder / "a.mkv", folder / "b.mkv");
  const std::vector<float> whole = Read(folder / "a.mkv");
  const std::vector<float> damaged = Read(folder / "b.mkv");
  EXPECT_NEAR(static_cast<double>(damaged.size()), static_cast<double>(whole.size()), 2048);
  const std::vector<float> end(whole.end() - 30000, whole.end() - 10000);
  const size_t from = whole.size() - 30000;
  ASSERT_GT(damaged.size(), from + 20000);
  const std::vector<float> heard(damaged.begin() + static_cast<std::ptrdiff_t>(from),
                                 damaged.end());
  EXPECT_LE(std::abs(testing::FindDelay(end, heard, 500)), 16);
}

TEST(SpeechReader, NamesFilesThatHoldNoSound) {
  const auto folder = EmptyFolder();
  WriteWav(folder / "no_samples.wav", kRate, 1, {});
  std::ofstream(folder / "text.mp3") << "this is no sound";
  std::ofstream(folder / "nothing.wav");
  Ffmpeg("-f lavfi -i testsrc=size=64x48:duration=0.2 " + Quoted(folder / "picture.mp4"));
  std::filesystem::create_directory(folder / "folder.wav");
  WriteWav(folder / "noise.flac", kRate, 1, MakeSound(kRate, 1, 11));
  std::vector<uint8_t> bytes = testing::ReadBytes(folder / "noise.flac");
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<uint8_t>(i * 2654435761U >> 13);
  testing::WriteBytes(folder / "noise.flac", bytes);
  for (const char* name : {"no_samples.wav", "text.mp3", "nothing.wav", "picture.mp4", "folder.wav",
                           "noise.flac", "missing.wav"}) {
    const Error error = testing::ErrorOf([&] { Read(folder / name); });
    EXPECT_EQ(error.code(), ErrorCode::kBadMedia) << error.what();
    EXPECT_TRUE(testing::Contains(error, name)) << error.what();
  }
}

}  // namespace
}  // namespace mouthpiece
