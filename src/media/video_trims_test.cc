// Clips whose containers promise more, or other, than their streams hold: the frames are those that
// the ffmpeg command decodes, in whatever order and with however many threads they are read.
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "media/video_reader.h"
#include "support/files.h"
#include "support/pictures.h"

namespace mouthpiece {
namespace {

using testing::Samples;

struct Trim {
  std::string name;
  std::string encode;  ///< FFmpeg's options for 60 frames at 25 a second
  std::string cut;     ///< FFmpeg's options before "-i" of a copy; empty: no copy
  std::string after;   ///< and after it
  int frames;          ///< That the ffmpeg command decodes
  std::vector<int> keyframes;
  int undecodable;
};

void PrintTo(const Trim& trim, std::ostream* out) { *out << trim.name; }

class VideoTrims : public ::testing::TestWithParam<Trim> {};

std::vector<std::vector<uint8_t>> DecodedByFfmpeg(const VideoIndex& index) {
  const auto raw = index.path.parent_path() / "raw.yuv";
  const std::string command = "ffmpeg -nostdin -v quiet -y -i '" + index.path.string() +
                              "' -fps_mode passthrough -f rawvideo '" + raw.string() + "'";
  EXPECT_EQ(std::system(command.c_str()), 0);
  const std::vector<uint8_t> bytes = testing::ReadBytes(raw);
  const size_t size = PictureBytes(PixelFormat::kYuv420, index.width, index.height);
  std::vector<std::vector<uint8_t>> frames;
  for (size_t at = 0; at + size <= bytes.size(); at += size) {
    const auto begin = bytes.begin() + static_cast<ptrdiff_t>(at);
    frames.emplace_back(begin, begin + static_cast<ptrdiff_t>(size));
  }
  return frames;
}

TEST_P(VideoTrims, GiveTheFramesThatFfmpegDecodes) {
  const Trim& trim = GetParam();
  const auto folder = testing::EmptyFolder();
  const auto whole = folder / "whole.mp4";
  testing::Ffmpeg("-f lavfi -i testsrc2=size=64x48:rate=25 -frames:v 60 -pix_fmt yuv420p " +
                  trim.encode + " '" + whole.string() + "'");
  auto path = whole;
  if (!trim.cut.empty() || !trim.after.empty()) {
    path = folder / "cut.mp4";
    testing::Ffmpeg(trim.cut + " -i '" + whole.string() + "' -c copy " + trim.after + " '" +
                    path.string() + "'");
  }
  const VideoIndex index = IndexVideo(path);
  const auto expected = DecodedByFfmpeg(index);
  EXPECT_EQ(index.frame_count(), trim.frames);
  EXPECT_EQ(index.keyframes, trim.keyframes);
  EXPECT_EQ(index.properties.undecodable_frames, trim.undecodable);
  ASSERT_EQ(index.times.size(), expected.size());
  std::mt19937 random(3);
  std::uniform_int_distribution<int> any(0, index.frame_count() - 1);
  for (const int threads : {1, 2, 3}) {
    VideoReader reader(index, threads);
    for (int f = 0; f < index.frame_count(); ++f) {
      ASSERT_EQ(Samples(reader.Read(f)), expected[static_cast<size_t>(f)]) << f << ' ' << threads;
    }
    for (int f = index.frame_count() - 1; f >= 0; f -= 3) {
      ASSERT_EQ(Samples(reader.Read(f)), expected[static_cast<size_t>(f)]) << f << ' ' << threads;
    }
    for (int i = 0; i < 60; ++i) {
      const int f = any(random);
      ASSERT_EQ(Samples(reader.Read(f)), expected[static_cast<size_t>(f)]) << f << ' ' << threads;
      VideoReader fresh(index, threads);
      if (i % 10 == 0) {
        ASSERT_EQ(Samples(fresh.Read(f)), expected[static_cast<size_t>(f)]) << f << ' ' << threads;
      }
    }
  }
}

const std::string kClosed = "-c:v libx264 -g 20 -bf 2";
const std::string kOpen =
    "-c:v libx264 -bf 3 -x264-params open-gop=1:keyint=15:min-keyint=15:scenecut=0";
const std::string kRefresh = "-c:v libx264 -x264-params intra-refresh=1:keyint=20";
const std::string kHevcOpen =
    "-c:v libx265 -x265-params log-level=none:open-gop=1:keyint=15:min-keyint=15:scenecut=0";
const std::string kMpeg4 = "-c:v mpeg4 -g 12 -bf 2";
const std::string kMpeg2 = "-c:v mpeg2video -g 12 -bf 2";

INSTANTIATE_TEST_SUITE_P(
    All, VideoTrims,
    ::testing::Values(
        Trim{"ClosedWhole", kClosed, "", "", 60, {0, 20, 40}, 0},
        Trim{"ClosedByEditList", kClosed, "-ss 1.1", "", 32, {0, 12}, 0},
        Trim{
            "ClosedNoEditList", kClosed, "-ss 1.1", "-avoid_negative_ts make_zero", 40, {0, 20}, 0},
        Trim{"ClosedEnd", kClosed, "", "-t 0.9", 25, {0, 20}, 0},
        Trim{"OpenWhole", kOpen, "", "", 60, {0, 15, 30, 45}, 0},
        Trim{"OpenByEditList", kOpen, "-ss 1.1", "", 32, {0, 2, 17}, 0},
        Trim{
            "OpenNoEditList", kOpen, "-ss 1.1", "-avoid_negative_ts make_zero", 45, {0, 15, 30}, 0},
        Trim{"RefreshWhole", kRefresh, "", "", 60, {0}, 0},
        Trim{"RefreshByEditList", kRefresh, "-ss 1.1", "", 32, {0}, 0},
        Trim{"RefreshNoEditList", kRefresh, "-ss 1.1", "-avoid_negative_ts make_zero", 34, {0}, 6},
        Trim{"HevcOpenWhole", kHevcOpen, "", "", 60, {0, 15, 30, 45}, 0},
        Trim{"HevcOpenByEditList", kHevcOpen, "-ss 1.1", "", 32, {0, 2, 17}, 0},
        Trim{"HevcOpenNoEditList",
             kHevcOpen,
             "-ss 1.1",
             "-avoid_negative_ts make_zero",
             45,
             {0, 15, 30},
             0},
        Trim{"Mpeg4Whole", kMpeg4, "", "", 60, {0, 12, 24, 36, 48, 59}, 0},
        Trim{"Mpeg4ByEditList", kMpeg4, "-ss 1.1", "", 32, {0, 8, 20, 31}, 0},
        Trim{"Mpeg2ByEditList", kMpeg2, "-ss 1.1", "", 32, {0, 8, 20, 31}, 0},
        Trim{"Mpeg2NoEditList",
             kMpeg2,
             "-ss 1.1",
             "-avoid_negative_ts make_zero",
             36,
             {0, 12, 24, 35},
             0}),
    [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace mouthpiece
