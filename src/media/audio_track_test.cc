#include "media/audio_track.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>

#include "media/video_writer.h"
#include "mouthpiece/error.h"
#include "support/decoded.h"
#include "support/pictures.h"
#include "support/sound.h"

namespace mouthpiece {
namespace {

using testing::DecodeAudio;
using testing::DecodedAudio;

class AudioTrackTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::path(::testing::TempDir()) /
              (std::string("audio_track_") +
               ::testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  VideoWriterOptions Options(const std::string& name, const std::string& audio, int frames) const {
    VideoWriterOptions options;
    options.name = folder_ / name;
    options.path = options.name;
    options.width = 64;
    options.height = 48;
    options.frame_count = frames;
    options.audio = folder_ / audio;
    return options;
  }
  static std::filesystem::path Write(const VideoWriterOptions& options) {
    testing::FrameLender frames(options.width, options.height, options.color.range);
    VideoWriter writer(options);
    for (int64_t i = 0; i < options.frame_count; ++i) writer.Write(frames.Lend(i));
    writer.Finish();
    return options.name;
  }

  std::filesystem::path folder_;
};

std::vector<float> Part(const std::vector<float>& samples, int64_t first) {
  return {samples.begin() + first, samples.end()};
}

TEST_F(AudioTrackTest, StaysInSyncInEveryContainer) {
  for (const int rate : {16000, 44100, 48000}) {
    for (const int channels : {1, 2}) {
      const std::vector<float> sound = testing::MakeSound(rate, 2.5, 1);
      testing::WriteWav(folder_ / "a.wav", rate, channels, sound);
      for (const auto& [name, codec] : {std::pair{"a.mp4", "aac"},
                                        {"a.mov", "aac"},
                                        {"a.mkv", "flac"},
                                        {"a.avi", "pcm_s16le"}}) {
        const DecodedAudio audio = DecodeAudio(Write(Options(name, "a.wav", 50)));
        EXPECT_EQ(audio.sample_rate, rate) << name;
        EXPECT_EQ(audio.channels, channels) << name;
        EXPECT_EQ(audio.codec, codec) << name;
        const int delay = testing::FindDelay(sound, audio.samples, rate / 20);
        EXPECT_LE(std::abs(delay), 1) << name << ' ' << rate << ' ' << channels;
      }
    }
  }
}

TEST_F(AudioTrackTest, CutsToTheSample) {
  const int rate = 48000;
  const std::vector<float> sound = testing::MakeSound(rate, 4, 2);
  testing::WriteWav(folder_ / "a.wav", rate, 1, sound);
  VideoWriterOptions options = Options("a.avi", "a.wav", 25);
  options.audio_start_s = 1.23;
  options.audio_duration_s = 1;
  const DecodedAudio pcm = DecodeAudio(Write(options));
  ASSERT_EQ(pcm.samples.size(), 48000u);
  for (size_t i = 0; i < pcm.samples.size(); ++i) {
    ASSERT_NEAR(pcm.samples[i], sound[59040 + i], 2.0 / 32768) << i;
  }
  for (const char* name : {"a.mp4", "a.mov", "a.mkv"}) {
    options.name = options.path = folder_ / name;
    const DecodedAudio part = DecodeAudio(Write(options));
    EXPECT_EQ(part.samples.size(), 48000u) << name;
    EXPECT_EQ(testing::FindDelay(Part(sound, 59040), part.samples, 2000), 0) << name;
  }
}

TEST_F(AudioTrackTest, LastsAsLongAsTheFramesWhenNothingElseIsSaid) {
  testing::WriteWav(folder_ / "a.wav", 16000, 1, testing::MakeSound(16000, 4, 2));
  EXPECT_EQ(DecodeAudio(Write(Options("a.mp4", "a.wav", 30))).samples.size(), 19200u);
}

TEST_F(AudioTrackTest, EndsBeforeThePictureWhenTheSoundIsShorter) {
  testing::WriteWav(folder_ / "a.wav", 16000, 1, testing::MakeSound(16000, 0.5, 3));
  for (const char* name : {"a.mp4", "a.mkv", "a.avi"}) {
    const std::filesystem::path file = Write(Options(name, "a.wav", 100));
    EXPECT_EQ(DecodeAudio(file).samples.size(), 8000u) << name;
    EXPECT_EQ(testing::DecodeVideo(file).frames.size(), 100u) << name;
  }
}

TEST_F(AudioTrackTest, IsLeftOutWhenThePartLiesBehindTheEnd) {
  testing::WriteWav(folder_ / "a.wav", 16000, 1, testing::MakeSound(16000, 0.5, 3));
  VideoWriterOptions options = Options("a.mp4", "a.wav", 10);
  options.audio_start_s = 3;
  const std::filesystem::path file = Write(options);
  EXPECT_EQ(testing::DecodeVideo(file).frames.size(), 10u);
  EXPECT_THROW(DecodeAudio(file), std::runtime_error);
}

TEST_F(AudioTrackTest, ResamplesToWhatTheEncoderTakesWithoutAShift) {
  for (const auto& [from, to] : {std::pair{192000, 96000}, {6000, 7350}, {50000, 48000}}) {
    const std::vector<float> sound = testing::MakeSound(from, 2, 4);
    testing::WriteWav(folder_ / "a.wav", from, 1, sound);
    const DecodedAudio audio = DecodeAudio(Write(Options("a.mp4", "a.wav", 50)));
    EXPECT_EQ(audio.sample_rate, to);
    EXPECT_NEAR(static_cast<double>(audio.samples.size()), 2.0 * to, 2);
    std::vector<float> expected(audio.samples.size());
    for (size_t i = 0; i < expected.size(); ++i) {
      const double at = static_cast<double>(i) * from / to;
      const size_t before = std::min(static_cast<size_t>(at), sound.size() - 2);
      const float weight = static_cast<float>(at - static_cast<double>(before));
      expected[i] = sound[before] * (1 - weight) + sound[before + 1] * weight;
    }
    EXPECT_LE(std::abs(testing::FindDelay(expected, audio.samples, 200)), to / 2000 + 1) << from;
  }
}

TEST_F(AudioTrackTest, ReadsTheSoundOfVideosWithoutItsPriming) {
  const std::vector<float> sound = testing::MakeSound(44100, 2, 5);
  testing::WriteWav(folder_ / "a.wav", 44100, 2, sound);
  Write(Options("first.mp4", "a.wav", 50));
  const DecodedAudio again = DecodeAudio(Write(Options("second.mp4", "first.mp4", 50)));
  EXPECT_LE(std::abs(testing::FindDelay(sound, again.samples, 3000)), 1);
  EXPECT_EQ(again.samples.size(), 88200u);
}

TEST_F(AudioTrackTest, MixesManyChannelsDownToTwo) {
  testing::WriteWav(folder_ / "a.wav", 48000, 6, testing::MakeSound(48000, 1, 6));
  EXPECT_EQ(DecodeAudio(Write(Options("a.mp4", "a.wav", 25))).channels, 2);
}

TEST_F(AudioTrackTest, FindsBadFilesBeforeTheFirstFrame) {
  testing::WriteWav(folder_ / "empty.wav", 16000, 1, {});
  std::ofstream(folder_ / "text.wav") << "this is no sound";
  VideoWriterOptions silent = Options("silent.mp4", "", 3);
  silent.audio.clear();
  Write(silent);
  for (const char* name : {"empty.wav", "text.wav", "missing.wav", "silent.mp4"}) {
    try {
      VideoWriter writer(Options("a.mp4", name, 10));
      FAIL() << name << ": an error was expected";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kBadMedia) << error.what();
      EXPECT_NE(std::string(error.what()).find(name), std::string::npos) << error.what();
    }
    EXPECT_FALSE(std::filesystem::exists(folder_ / "a.mp4"));
  }
}

}  // namespace
}  // namespace mouthpiece
