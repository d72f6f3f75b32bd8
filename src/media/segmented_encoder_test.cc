#include "media/segmented_encoder.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "media/video_index.h"
#include "media/video_writer.h"
#include "support/decoded.h"
#include "support/errors.h"
#include "support/files.h"
#include "support/pictures.h"

namespace mouthpiece {
namespace {

using testing::DecodedVideo;
using testing::FrameLender;

constexpr int kSegment = VideoWriter::kSegmentFrames;

VideoWriterOptions Options(const std::filesystem::path& path, int64_t frames) {
  VideoWriterOptions options;
  options.name = path;
  options.path = path;
  options.width = 64;
  options.height = 48;
  options.frame_count = frames;
  options.threads = 2;
  return options;
}

/// Writes pictures `first` to `first + options.frame_count` and decodes them.
DecodedVideo WriteAndDecode(const VideoWriterOptions& options, int64_t first = 0) {
  FrameLender frames(options.width, options.height, options.color.range);
  {
    VideoWriter writer(options);
    for (int64_t i = 0; i < options.frame_count; ++i) writer.Write(frames.Lend(first + i));
    writer.Finish();
  }
  EXPECT_EQ(frames.returned(), options.frame_count);
  EXPECT_LE(frames.most_out(), VideoWriter::kMostLent + 1);
  return testing::DecodeVideo(options.name);
}

TEST(SegmentedEncoder, ASegmentIsTheSameOnItsOwn) {
  const std::filesystem::path folder = testing::EmptyFolder();
  for (const char* codec : {"libx264", "mpeg4", "libvpx-vp9", "mjpeg", "ffv1", "libx265"}) {
    VideoWriterOptions options = Options(folder / (std::string(codec) + ".mkv"), 2 * kSegment + 30);
    options.encode.codec = codec;
    const DecodedVideo whole = WriteAndDecode(options);
    ASSERT_EQ(static_cast<int64_t>(whole.frames.size()), options.frame_count) << codec;
    options.name = options.path = folder / (std::string(codec) + "_part.mkv");
    options.frame_count = kSegment + 30;
    const DecodedVideo part = WriteAndDecode(options, kSegment);
    ASSERT_EQ(static_cast<int64_t>(part.frames.size()), options.frame_count) << codec;
    EXPECT_TRUE(std::equal(part.frames.begin(), part.frames.end(), whole.frames.begin() + kSegment))
        << codec;
  }
}

TEST(SegmentedEncoder, FramesKeepTheirTimesAcrossSegments) {
  const std::filesystem::path folder = testing::EmptyFolder();
  for (const char* suffix : {".mp4", ".mkv", ".mov", ".avi"}) {
    for (const int64_t frames : {kSegment, kSegment + 1, kSegment + 2, 2 * kSegment, 617}) {
      const std::filesystem::path path = folder / (std::to_string(frames) + suffix);
      const DecodedVideo video = WriteAndDecode(Options(path, frames));
      ASSERT_EQ(static_cast<int64_t>(video.frames.size()), frames) << path;
      for (size_t i = 0; i < video.times.size(); ++i) {
        ASSERT_NEAR(video.times[i], static_cast<double>(i) / 25, 1e-3) << path;
      }
      const std::vector<int> keyframes = IndexVideo(path).keyframes;
      for (int at = 0; at < frames; at += kSegment) {
        EXPECT_TRUE(std::ranges::count(keyframes, at) == 1) << path << " frame " << at;
      }
    }
  }
}

TEST(SegmentedEncoder, X264GivesTheSameOnAnyThreads) {
  ASSERT_EQ(DescribeEncoding("a.mp4", {}, 0), DescribeEncoding("a.mp4", {}, 7));
  const std::filesystem::path folder = testing::EmptyFolder();
  for (const char* preset : {"", "ultrafast", "medium", "slower"}) {
    std::vector<DecodedVideo> videos;
    for (const int threads : {1, 2, 3, 7, 24}) {
      VideoWriterOptions options =
          Options(folder / (preset + std::to_string(threads) + ".mp4"), 80);
      options.width = 112;  // no multiple of 128
      options.height = 272;
      options.encode.preset = preset;
      options.threads = threads;
      videos.push_back(WriteAndDecode(options));
      EXPECT_TRUE(videos.back().frames == videos.front().frames) << preset << " " << threads;
    }
  }
}

TEST(DescribeEncoding, TellsWhatDecidesOverTheResult) {
  EncodeOptions encode;
  encode.crf = 23;
  encode.preset = "fast";
  const std::string text = DescribeEncoding("a.mp4", encode, 3);
  EXPECT_TRUE(text.starts_with("libx264 crf 23 preset fast of libavcodec ")) << text;
  EXPECT_NE(DescribeEncoding("a.avi", {}, 0).find("mjpeg quality 95"), std::string::npos);
}

TEST(DescribeEncoding, WantsThreadsWhereTheyMatter) {
  EncodeOptions encode;
  encode.bitrate = 500'000;
  const Error error = testing::ErrorOf([&] { DescribeEncoding("a.mp4", encode, 0); });
  EXPECT_TRUE(testing::Contains(error, "a.mp4: expected --threads N")) << error.what();
  EXPECT_NE(DescribeEncoding("a.mp4", encode, 2), DescribeEncoding("a.mp4", encode, 3));
  encode = {};
  encode.codec = "mpeg4";
  EXPECT_THROW(DescribeEncoding("a.mp4", encode, 0), Error);
  encode.codec = "ffv1";
  EXPECT_NO_THROW(DescribeEncoding("a.mkv", encode, 0));
}

}  // namespace
}  // namespace mouthpiece
