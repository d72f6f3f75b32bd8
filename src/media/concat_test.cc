#include "media/concat.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "media/video_writer.h"
#include "mouthpiece/error.h"
#include "support/decoded.h"
#include "support/errors.h"
#include "support/files.h"
#include "support/pictures.h"
#include "support/sound.h"

namespace mouthpiece {
namespace {

using testing::Contains;
using testing::DecodedAudio;
using testing::DecodedVideo;
using testing::ErrorOf;
using testing::FrameLender;

constexpr int64_t kSegment = VideoWriter::kSegmentFrames;
constexpr int64_t kFrames = 2 * kSegment + 40;

class ConcatTest : public ::testing::Test {
 protected:
  /// Writes pictures [first, end); with sound for all kFrames if they are the first.
  std::filesystem::path Write(const std::string& name, int64_t first, int64_t end, int crf = 20) {
    VideoWriterOptions options;
    options.name = options.path = folder_ / name;
    options.width = 64;
    options.height = 48;
    options.frame_count = end - first;
    options.threads = 2;
    if (options.path.extension() != ".avi") options.encode.crf = crf;
    options.audio = first == 0 ? sound_ : std::filesystem::path();
    options.audio_duration_s = kFrames / 25.0;
    options.metadata = {{"comment", name}};
    FrameLender frames(options.width, options.height, options.color.range);
    VideoWriter writer(options);
    for (int64_t i = first; i < end; ++i) writer.Write(frames.Lend(i));
    writer.Finish();
    return options.path;
  }
  std::vector<VideoPart> WriteParts(const std::string& suffix) {
    return {{Write("a" + suffix, 0, kSegment), kSegment},
            {Write("b" + suffix, kSegment, 2 * kSegment), kSegment},
            {Write("c" + suffix, 2 * kSegment, kFrames), kFrames - 2 * kSegment}};
  }
  ConcatOptions Joined(const std::string& suffix, std::vector<VideoPart> parts) const {
    ConcatOptions options;
    options.name = options.path = folder_ / ("joined" + suffix);
    options.parts = std::move(parts);
    return options;
  }
  void MakeSound(double seconds) {
    sound_ = folder_ / "sound.wav";
    testing::WriteWav(sound_, 16000, 1, testing::MakeSound(16000, seconds, 5));
  }

  std::filesystem::path folder_ = testing::EmptyFolder();
  std::filesystem::path sound_;
};

TEST_F(ConcatTest, PartsAreWhatIsWrittenAtOnce) {
  for (const char* suffix : {".mp4", ".mov", ".mkv", ".avi"}) {
    for (const double seconds : {kFrames / 25.0, 3.3, 40.0}) {
      MakeSound(seconds);
      const std::filesystem::path whole = Write(std::string("whole") + suffix, 0, kFrames);
      const ConcatOptions options = Joined(suffix, WriteParts(suffix));
      ConcatVideos(options);
      const DecodedVideo expected = testing::DecodeVideo(whole);
      const DecodedVideo joined = testing::DecodeVideo(options.path);
      EXPECT_EQ(joined.times, expected.times) << suffix;
      EXPECT_TRUE(joined.frames == expected.frames) << suffix;
      EXPECT_EQ(joined.frame_rate.value(), expected.frame_rate.value());
      EXPECT_EQ(joined.color.matrix, expected.color.matrix);
      EXPECT_EQ(joined.color.range, expected.color.range);
      const DecodedAudio heard = testing::DecodeAudio(options.path);
      const DecodedAudio meant = testing::DecodeAudio(whole);
      EXPECT_EQ(heard.codec, meant.codec);
      EXPECT_TRUE(heard.samples == meant.samples)
          << suffix << " " << heard.samples.size() << " and " << meant.samples.size();
    }
  }
}

TEST_F(ConcatTest, WithoutSoundThereIsNone) {
  const ConcatOptions options = Joined(".mp4", WriteParts(".mp4"));
  ConcatVideos(options);
  EXPECT_EQ(static_cast<int64_t>(testing::DecodeVideo(options.path).frames.size()), kFrames);
  EXPECT_THROW(testing::DecodeAudio(options.path), std::exception);
}

TEST_F(ConcatTest, ACutPartIsNamed) {
  MakeSound(kFrames / 25.0);
  for (const char* suffix : {".mp4", ".mov", ".mkv", ".avi"}) {
    for (const size_t which : {0, 1, 2}) {
      const std::vector<VideoPart> parts = WriteParts(suffix);
      const std::vector<uint8_t> bytes = testing::ReadBytes(parts[which].path);
      for (const double share : {0.0, 0.01, 0.1, 0.5, 0.8, 0.9, 0.97, 0.99}) {
        // The end of an AVI file is an index, without which all frames are still there.
        if (suffix == std::string(".avi") && share > 0.9) continue;
        std::vector<uint8_t> cut = bytes;
        cut.resize(static_cast<size_t>(static_cast<double>(bytes.size()) * share));
        testing::WriteBytes(parts[which].path, cut);
        const Error error = ErrorOf([&] { ConcatVideos(Joined(suffix, parts)); });
        EXPECT_EQ(error.code(), ErrorCode::kBadMedia) << error.what();
        EXPECT_TRUE(Contains(error, parts[which].path.string()))
            << error.what() << " at " << share << " of " << parts[which].path;
      }
    }
  }
}

TEST_F(ConcatTest, APartOfAnotherLengthOrEncodingIsNamed) {
  std::vector<VideoPart> parts = WriteParts(".mp4");
  parts[1].frames = kSegment + 1;
  Error error = ErrorOf([&] { ConcatVideos(Joined(".mp4", parts)); });
  EXPECT_TRUE(Contains(error, "b.mp4: expected 251 frames, found 250")) << error.what();
  parts[1].frames = kSegment - 1;
  error = ErrorOf([&] { ConcatVideos(Joined(".mp4", parts)); });
  EXPECT_TRUE(Contains(error, "b.mp4: expected frames 0 to 248")) << error.what();
  parts[1] = {Write("b.mp4", kSegment, 2 * kSegment, 30), kSegment};
  error = ErrorOf([&] { ConcatVideos(Joined(".mp4", parts)); });
  EXPECT_TRUE(Contains(error, "b.mp4: was encoded in another way than")) << error.what();
}

TEST_F(ConcatTest, StopsWhenToldTo) {
  const std::atomic<bool> cancel{true};
  ConcatOptions options = Joined(".mp4", WriteParts(".mp4"));
  options.cancel = CancelToken(&cancel);
  EXPECT_EQ(ErrorOf([&] { ConcatVideos(options); }).code(), ErrorCode::kCancelled);
}

TEST_F(ConcatTest, CommentsComeBack) {
  for (const char* name : {"a.mp4", "a.mov", "a.mkv", "a.avi"}) {
    EXPECT_EQ(ReadComment(Write(name, 5, 9)), name);
  }
}

}  // namespace
}  // namespace mouthpiece
