#include "media/video_writer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "media/video_index.h"
#include "mouthpiece/error.h"
#include "support/decoded.h"
#include "support/pictures.h"

namespace mouthpiece {
namespace {

using testing::DecodedVideo;
using testing::FrameLender;

class VideoWriterTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::path(::testing::TempDir()) /
              (std::string("video_writer_") +
               ::testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  VideoWriterOptions Options(const std::string& name) const {
    VideoWriterOptions options;
    options.name = folder_ / name;
    options.path = options.name;
    options.width = 64;
    options.height = 48;
    options.frame_count = 30;
    options.threads = 2;
    return options;
  }

  static void Write(const VideoWriterOptions& options, FrameLender& frames) {
    VideoWriter writer(options);
    for (int64_t i = 0; i < options.frame_count; ++i) writer.Write(frames.Lend(i));
    writer.Finish();
  }
  static DecodedVideo WriteAndDecode(const VideoWriterOptions& options, int padding = 0) {
    FrameLender frames(options.width, options.height, options.color.range, padding);
    Write(options, frames);
    EXPECT_EQ(frames.lent(), options.frame_count);
    EXPECT_EQ(frames.returned(), options.frame_count);
    EXPECT_FALSE(frames.returned_twice());
    return testing::DecodeVideo(options.name);
  }
  static void ExpectSamePictures(const DecodedVideo& video, const VideoWriterOptions& options) {
    ASSERT_EQ(static_cast<int64_t>(video.frames.size()), options.frame_count);
    for (int64_t i = 0; i < options.frame_count; ++i) {
      EXPECT_EQ(video.frames[static_cast<size_t>(i)],
                testing::PictureSamples(i, options.width, options.height, options.color.range))
          << "frame " << i;
    }
  }
  static void ExpectRefused(const VideoWriterOptions& options, const std::string& words) {
    try {
      VideoWriter writer(options);
      FAIL() << "an error was expected: " << words;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument) << error.what();
      EXPECT_NE(std::string(error.what()).find(words), std::string::npos) << error.what();
      EXPECT_NE(std::string(error.what()).find(options.name.string()), std::string::npos)
          << error.what();
    }
  }

  std::filesystem::path folder_;
};

TEST_F(VideoWriterTest, WritesEveryFrameAtItsTimeInEveryContainer) {
  for (const char* name : {"a.mp4", "a.mkv", "a.mov", "a.avi"}) {
    VideoWriterOptions options = Options(name);
    options.encode.codec = "libx264";
    const DecodedVideo video = WriteAndDecode(options);
    EXPECT_EQ(video.codec, "h264");
    EXPECT_EQ(video.frame_rate, (Rational{25, 1}));
    ASSERT_EQ(video.times.size(), 30u) << name;
    for (size_t i = 0; i < video.times.size(); ++i) {
      EXPECT_NEAR(video.times[i], static_cast<double>(i) / 25, 0.0006) << name << ' ' << i;
      EXPECT_GT(testing::Psnr(video.frames[i], testing::PictureSamples(static_cast<int64_t>(i), 64,
                                                                       48, ColorRange::kLimited)),
                34)
          << name << ' ' << i;
    }
    EXPECT_EQ(IndexVideo(options.name).frame_count(), 30) << name;
  }
}

TEST_F(VideoWriterTest, ChoosesTheEncoderByTheSuffix) {
  EXPECT_EQ(WriteAndDecode(Options("a.mp4")).codec, "h264");
  EXPECT_EQ(WriteAndDecode(Options("a.MKV")).codec, "h264");
  EXPECT_EQ(WriteAndDecode(Options("a.avi")).codec, "mjpeg");
}

TEST_F(VideoWriterTest, KeepsRatesThatAreNoWholeNumber) {
  VideoWriterOptions options = Options("a.mp4");
  options.frame_rate = {30000, 1001};
  const DecodedVideo video = WriteAndDecode(options);
  EXPECT_EQ(video.frame_rate, options.frame_rate);
  EXPECT_NEAR(video.times[29], 29 * 1001.0 / 30000, 0.0001);
}

TEST_F(VideoWriterTest, KeepsTheColourTags) {
  for (const char* name : {"a.mp4", "a.mkv", "a.mov"}) {
    for (const ColorRange range : {ColorRange::kLimited, ColorRange::kFull}) {
      VideoWriterOptions options = Options(name);
      options.color = {5, 6, 5, 1, range};
      const ColorTags tags = WriteAndDecode(options).color;
      EXPECT_EQ(tags.primaries, 5) << name;
      EXPECT_EQ(tags.transfer, 6) << name;
      EXPECT_EQ(tags.matrix, 5) << name;
      EXPECT_EQ(tags.chroma_location, 1) << name;
      EXPECT_EQ(tags.range, range) << name;
    }
  }
}

TEST_F(VideoWriterTest, LosslessEncodersGiveThePlanesBack) {
  VideoWriterOptions options = Options("a.mkv");
  options.encode.codec = "ffv1";
  ExpectSamePictures(WriteAndDecode(options), options);
  options.encode.codec = "libx264";
  options.encode.crf = 0;
  ExpectSamePictures(WriteAndDecode(options), options);
}

TEST_F(VideoWriterTest, TakesPlanesOfAnyStrideAndSize) {
  for (const auto& [width, height] : {std::pair{67, 35}, {1, 1}, {130, 2}, {33, 64}}) {
    for (const int padding : {0, 1, 13}) {
      VideoWriterOptions options = Options("a.mkv");
      options.width = width;
      options.height = height;
      options.frame_count = 12;
      options.encode.codec = "ffv1";
      ExpectSamePictures(WriteAndDecode(options, padding), options);
    }
  }
  VideoWriterOptions options = Options("a.mkv");
  options.width = 70;
  options.height = 50;
  options.encode.crf = 0;
  ExpectSamePictures(WriteAndDecode(options, 7), options);
}

TEST_F(VideoWriterTest, NeverHoldsMoreFramesThanItSays) {
  for (const char* codec : {"libx264", "mpeg4", "ffv1", "mjpeg", "libvpx-vp9"}) {
    VideoWriterOptions options = Options("a.mkv");
    options.encode.codec = codec;
    options.frame_count = 60;
    options.threads = 8;
    FrameLender frames(options.width, options.height, options.color.range);
    Write(options, frames);
    EXPECT_EQ(frames.returned(), 60) << codec;
    // One more: the frame that is being handed over.
    EXPECT_LE(frames.most_out(), VideoWriter::kMostLent + 1) << codec;
  }
}

TEST_F(VideoWriterTest, ConvertsForEncodersOfOtherFormats) {
  VideoWriterOptions options = Options("a.avi");
  const DecodedVideo video = WriteAndDecode(options);
  EXPECT_EQ(video.color.range, ColorRange::kFull);  // all that a JPEG can be
  std::vector<uint8_t> expected = testing::PictureSamples(3, 64, 48, ColorRange::kLimited);
  for (size_t i = 0; i < expected.size(); ++i) {
    const bool luma = i < 64 * 48;
    const double full =
        luma ? (expected[i] - 16) * 255.0 / 219 : (expected[i] - 128) * 255.0 / 224 + 128;
    expected[i] = static_cast<uint8_t>(std::clamp(full + 0.5, 0.0, 255.0));
  }
  EXPECT_GT(testing::Psnr(video.frames[3], expected), 38);

  options.color.range = ColorRange::kFull;
  EXPECT_GT(testing::Psnr(WriteAndDecode(options).frames[3],
                          testing::PictureSamples(3, 64, 48, ColorRange::kFull)),
            38);

  options = Options("a.mov");
  options.encode.codec = "png";  // RGB only
  const DecodedVideo rgb = WriteAndDecode(options);
  EXPECT_EQ(rgb.frames.size(), 30u);
  EXPECT_EQ(rgb.color.range, ColorRange::kFull);
}

TEST_F(VideoWriterTest, JpegQualityShowsInTheSizeOfMotionJpeg) {
  VideoWriterOptions options = Options("a.avi");
  uintmax_t last = 0;
  for (const int quality : {20, 60, 95}) {
    options.encode.quality = quality;
    WriteAndDecode(options);
    const uintmax_t size = std::filesystem::file_size(options.name);
    EXPECT_GT(size, last) << quality;
    last = size;
  }
}

TEST_F(VideoWriterTest, PutsTheIndexOfMp4InFrontWithoutASecondPass) {
  for (const int64_t frames : {1, 30, 400}) {
    VideoWriterOptions options = Options("a.mp4");
    options.frame_count = frames;
    WriteAndDecode(options);
    std::ifstream file(options.name, std::ios::binary);
    std::stringstream bytes;
    bytes << file.rdbuf();
    EXPECT_LT(bytes.str().find("moov"), bytes.str().find("mdat")) << frames;
  }
}

TEST_F(VideoWriterTest, CountsTheTimeOfEncoderAndMuxerApart) {
  VideoWriterOptions options = Options("a.mp4");
  FrameLender frames(options.width, options.height, options.color.range);
  VideoWriter writer(options);
  for (int64_t i = 0; i < 30; ++i) writer.Write(frames.Lend(i));
  writer.Finish();
  EXPECT_GT(writer.encode_seconds(), 0);
  EXPECT_GT(writer.write_seconds(), 0);
}

TEST_F(VideoWriterTest, ReturnsFramesWhenItIsGivenUp) {
  for (const char* codec : {"libx264", "mpeg4", "mjpeg"}) {
    VideoWriterOptions options = Options("a.mkv");
    options.encode.codec = codec;
    FrameLender frames(options.width, options.height, options.color.range);
    {
      VideoWriter writer(options);
      for (int64_t i = 0; i < 7; ++i) writer.Write(frames.Lend(i));
    }
    EXPECT_EQ(frames.returned(), 7) << codec;
  }
}

TEST_F(VideoWriterTest, RefusesWhatTheEncoderDoesNotKnow) {
  VideoWriterOptions options = Options("a.avi");
  options.encode.crf = 20;
  ExpectRefused(options, "mjpeg has no crf");
  options.encode.crf.reset();
  options.encode.preset = "slow";
  ExpectRefused(options, "mjpeg has no preset");

  options = Options("a.mp4");
  options.encode.preset = "sluggish";
  ExpectRefused(options, "preset sluggish");
  options.encode.preset.clear();
  options.encode.crf = 20;
  options.encode.bitrate = 100000;
  ExpectRefused(options, "exclude each other");
  options.encode.bitrate = 0;
  options.encode.crf = 99;
  ExpectRefused(options, "crf is 99");
}

TEST_F(VideoWriterTest, NamesTheEncodersThatArePossible) {
  VideoWriterOptions options = Options("a.mp4");
  options.encode.codec = "h263000";
  ExpectRefused(options, "libx264,");
  options.encode.codec = "aac";
  ExpectRefused(options, "is no video encoder");
  options.encode.codec = "ffv1";
  ExpectRefused(options, "does not fit the container");
  ExpectRefused(Options("a.flv"), ".mp4, .mkv, .mov, .webm or .avi");
}

TEST_F(VideoWriterTest, SaysWhichSizeTheEncoderRefused) {
  VideoWriterOptions options = Options("a.mp4");
  options.width = 63;
  ExpectRefused(options, "63x48");
}

TEST_F(VideoWriterTest, ReportsAFullDisk) {
  if (!std::filesystem::exists("/dev/full")) GTEST_SKIP() << "no /dev/full here";
  VideoWriterOptions options = Options("a.mkv");
  options.path = "/dev/full";
  options.encode.codec = "ffv1";
  FrameLender frames(options.width, options.height, options.color.range);
  try {
    Write(options, frames);
    FAIL() << "an error was expected";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kIo);
    EXPECT_EQ(std::string(error.what()),
              options.name.string() + ": cannot be written: No space left on device");
  }
  EXPECT_EQ(frames.lent(), frames.returned());
}

}  // namespace
}  // namespace mouthpiece
