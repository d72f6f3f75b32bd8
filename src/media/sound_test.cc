#include "media/sound.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "media/speech_reader.h"
#include "media/video_writer.h"
#include "support/errors.h"
#include "support/files.h"
#include "support/pictures.h"
#include "support/sound.h"

namespace mouthpiece {
namespace {

using media::Sound;
using media::SpeechReader;
using testing::Contains;
using testing::EmptyFolder;
using testing::ErrorOf;
using testing::Ffmpeg;
using testing::MakeSound;
using testing::WriteWav;

std::vector<float> Read(SpeechReader reader) {
  std::vector<float> samples;
  std::vector<float> some(5000);
  while (const size_t count = reader.Read(some)) {
    samples.insert(samples.end(), some.begin(), some.begin() + static_cast<std::ptrdiff_t>(count));
  }
  return samples;
}

std::string Quoted(const std::filesystem::path& path) {
  std::string text = "'";
  return text.append(path.string()).append("'");
}

/// A pipe with a name, into which the bytes of a file are written, once.
class Pipe {
 public:
  Pipe(const std::filesystem::path& name, const std::filesystem::path& content) : name_(name) {
    std::signal(SIGPIPE, SIG_IGN);  // a reader may stop in the middle
    mkfifo(name.c_str(), 0600);
    writer_ = std::jthread([this, content] {
      testing::WriteBytes(name_, testing::ReadBytes(content));  // waits for a reader
    });
  }

  const std::filesystem::path& name() const { return name_; }

 private:
  const std::filesystem::path name_;
  std::jthread writer_;
};

/// The bytes of a video whose sound is `sound`, or the file `audio`.
std::vector<uint8_t> Video(const std::filesystem::path& name, std::shared_ptr<const Sound> sound,
                           const std::filesystem::path& audio) {
  VideoWriterOptions options;
  options.name = options.path = name;
  options.width = 64;
  options.height = 48;
  options.frame_count = 40;
  options.audio = audio;
  options.sound = std::move(sound);
  options.audio_start_s = 0.3;
  testing::FrameLender frames(options.width, options.height, options.color.range);
  VideoWriter writer(options);
  for (int64_t i = 0; i < options.frame_count; ++i) writer.Write(frames.Lend(i));
  writer.Finish();
  return testing::ReadBytes(name);
}

TEST(Sound, IsWhatTheFileGivesToTheSample) {
  const auto folder = EmptyFolder();
  WriteWav(folder / "a.wav", 44100, 2, MakeSound(44100, 3, 1));
  const std::string from = "-i " + Quoted(folder / "a.wav") + " ";
  const std::string video = "-f lavfi -i testsrc=size=64x48:duration=1 -itsoffset 0.7 ";
  Ffmpeg(from + Quoted(folder / "b.mp3"));
  Ffmpeg(from + Quoted(folder / "b.opus"));
  Ffmpeg(from + "-ar 8000 -c:a pcm_u8 " + Quoted(folder / "b.wav"));
  Ffmpeg(from + "-ac 6 -c:a flac " + Quoted(folder / "six.mka"));
  Ffmpeg(video + from + "-map 0:v -map 1:a " + Quoted(folder / "late.mp4"));
  testing::DamageMiddle(folder / "b.mp3", folder / "damaged.mp3");
  Ffmpeg(from + "-ac 1 -ar 22050 -c:a aac " + Quoted(folder / "mono.aac"));
  Ffmpeg(from + "-c:a aac " + Quoted(folder / "stereo.aac"));
  std::vector<uint8_t> both = testing::ReadBytes(folder / "stereo.aac");
  const std::vector<uint8_t> mono = testing::ReadBytes(folder / "mono.aac");
  both.insert(both.end(), mono.begin(), mono.end());
  testing::WriteBytes(folder / "changes.aac", both);

  for (const char* name :
       {"a.wav", "b.mp3", "b.opus", "b.wav", "six.mka", "late.mp4", "damaged.mp3", "changes.aac"}) {
    const auto sound = std::make_shared<const Sound>(folder / name);
    const std::vector<float> expected = Read(SpeechReader(folder / name));
    EXPECT_GT(expected.size(), 20000u) << name;
    EXPECT_EQ(sound->speech_samples(), static_cast<int64_t>(expected.size())) << name;
    EXPECT_TRUE(Read(SpeechReader(sound)) == expected) << name;
    EXPECT_TRUE(Read(SpeechReader(sound)) == expected) << name << ", again";
    EXPECT_EQ(SpeechReader(sound).expected_samples(),
              SpeechReader(folder / name).expected_samples());
    EXPECT_TRUE(Video(folder / "sound.mp4", sound, "") ==
                Video(folder / "audio.mp4", nullptr, folder / name))
        << name;
  }
}

TEST(Sound, IsReadOnce) {
  const auto folder = EmptyFolder();
  WriteWav(folder / "a.wav", 48000, 2, MakeSound(48000, 2, 2));
  const std::vector<float> expected = Read(SpeechReader(folder / "a.wav"));
  const Pipe pipe(folder / "pipe", folder / "a.wav");
  const auto sound = std::make_shared<const Sound>(pipe.name());
  EXPECT_TRUE(Read(SpeechReader(sound)) == expected);
  EXPECT_TRUE(Read(SpeechReader(sound)) == expected);
  EXPECT_TRUE(Video(folder / "sound.mov", sound, "") ==
              Video(folder / "audio.mov", nullptr, folder / "a.wav"));
}

TEST(Sound, MayBeReadByManyAtATime) {
  const auto folder = EmptyFolder();
  WriteWav(folder / "a.wav", 48000, 1, MakeSound(48000, 5, 3));
  const auto sound = std::make_shared<const Sound>(folder / "a.wav");
  const std::vector<float> expected = Read(SpeechReader(sound));
  std::vector<std::vector<float>> heard(3);
  {
    std::vector<std::jthread> readers;
    for (auto& samples : heard) {
      readers.emplace_back([&] { samples = Read(SpeechReader(sound)); });
    }
  }
  for (const auto& samples : heard) EXPECT_TRUE(samples == expected);
}

/// Some 40 MB once it is decoded.
std::filesystem::path LongSound(const std::filesystem::path& folder) {
  WriteWav(folder / "a.wav", 96000, 2, MakeSound(96000, 104, 4));
  return folder / "a.wav";
}

TEST(Sound, LiesInAScratchFileWhereItIsLong) {
  const auto folder = EmptyFolder();
  const auto file = LongSound(folder);
  setenv("TMPDIR", folder.c_str(), 1);
  const auto sound = std::make_shared<const Sound>(file);
  unsetenv("TMPDIR");
  std::filesystem::rename(file, folder / "gone.wav");
  EXPECT_TRUE(Read(SpeechReader(sound)) == Read(SpeechReader(folder / "gone.wav")));
  std::filesystem::remove(folder / "gone.wav");
  EXPECT_TRUE(std::filesystem::is_empty(folder));
}

TEST(Sound, IsDecodedAgainWhereThereIsNoRoomForIt) {
  const auto folder = EmptyFolder();
  const auto file = LongSound(folder);
  setenv("TMPDIR", "/nowhere", 1);
  const auto sound = std::make_shared<const Sound>(file);
  EXPECT_TRUE(Read(SpeechReader(sound)) == Read(SpeechReader(file)));
  const Pipe pipe(folder / "pipe", file);
  const Error error = ErrorOf([&] { Sound{pipe.name()}; });
  unsetenv("TMPDIR");
  EXPECT_EQ(error.code(), ErrorCode::kIo) << error.what();
  EXPECT_TRUE(Contains(error, "/nowhere: the scratch file for decoded sound")) << error.what();
}

TEST(Sound, TellsHowFarItIsAndStopsWhenCancelled) {
  const auto folder = EmptyFolder();
  WriteWav(folder / "a.wav", 16000, 1, MakeSound(16000, 3.5, 5));
  std::vector<int64_t> done;
  const auto note = [&](int64_t samples, int64_t expected) {
    done.push_back(samples);
    EXPECT_EQ(expected, 56000);
  };
  Sound(folder / "a.wav", 0, {}, note);
  EXPECT_EQ(done, (std::vector<int64_t>{16000, 32000, 48000, 56000}));

  std::atomic<bool> cancel = false;
  const Error error = ErrorOf([&] {
    Sound(folder / "a.wav", 0, CancelToken(&cancel), [&](int64_t, int64_t) { cancel = true; });
  });
  EXPECT_EQ(error.code(), ErrorCode::kCancelled);
}

TEST(Sound, NamesFilesThatHoldNone) {
  const auto folder = EmptyFolder();
  testing::WriteBytes(folder / "text.wav", {'n', 'o'});
  for (const char* name : {"text.wav", "missing.wav"}) {
    const Error error = ErrorOf([&] { Sound{folder / name}; });
    EXPECT_EQ(error.code(), ErrorCode::kBadMedia) << error.what();
    EXPECT_TRUE(Contains(error, name)) << error.what();
  }
}

}  // namespace
}  // namespace mouthpiece
