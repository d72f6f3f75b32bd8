#include "media/video_reader.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "mouthpiece/error.h"
#include "support/errors.h"
#include "support/files.h"
#include "support/fixtures.h"
#include "support/pictures.h"

namespace mouthpiece {
namespace {

using testing::Contains;
using testing::ErrorOf;
using testing::Samples;

std::vector<uint8_t> ReadSamples(VideoReader& reader, int frame) {
  return Samples(reader.Read(frame));
}

/// Every frame as the ffmpeg command decodes it.
std::vector<std::vector<uint8_t>> DecodedByFfmpeg(const VideoIndex& index) {
  const auto raw = testing::EmptyFolder(".raw") / "raw.yuv";
  testing::Ffmpeg("-i '" + index.path.string() + "' -fps_mode passthrough -f rawvideo '" +
                  raw.string() + "'");
  const std::vector<uint8_t> bytes = testing::ReadBytes(raw);
  const size_t size = PictureBytes(PixelFormat::kYuv420, index.width, index.height);
  std::vector<std::vector<uint8_t>> frames;
  for (auto at = bytes.begin(); at != bytes.end(); at += static_cast<ptrdiff_t>(size)) {
    frames.emplace_back(at, at + static_cast<ptrdiff_t>(size));
  }
  return frames;
}

/// A video of `count` moving test pictures.
VideoIndex MakeVideo(const std::string& name, const std::string& options, int count = 12,
                     const std::string& size = "96x64") {
  const auto path = testing::EmptyFolder() / name;
  testing::Ffmpeg("-f lavfi -i testsrc2=size=" + size + ":rate=25 -frames:v " +
                  std::to_string(count) + " " + options + " '" + path.string() + "'");
  return IndexVideo(path);
}

TEST(VideoReader, ReadsEveryFrameAsItIsStored) {
  const VideoIndex index = IndexVideo(testing::DrawnPackage() / "full_body_video.mp4");
  const auto expected = DecodedByFfmpeg(index);
  ASSERT_EQ(expected.size(), static_cast<size_t>(index.frame_count()));
  for (const int threads : {1, 3}) {
    VideoReader reader(index, threads);
    for (int f = 0; f < index.frame_count(); ++f) {
      EXPECT_EQ(ReadSamples(reader, f), expected[static_cast<size_t>(f)]) << f << ' ' << threads;
    }
  }
}

TEST(VideoReader, AnyOrderGivesTheSamePictures) {
  // B-frames of two levels, several GOPs: most jumps leave out pictures.
  const VideoIndex index =
      MakeVideo("jumps.mp4", "-c:v libx264 -pix_fmt yuv420p -g 20 -bf 3 -b_strategy 0", 75);
  const auto expected = DecodedByFfmpeg(index);
  ASSERT_EQ(expected.size(), 75U);
  std::mt19937 random(1);
  std::uniform_int_distribution<int> any(0, 74);
  for (const int threads : {1, 2}) {
    VideoReader reader(index, threads);
    for (int i = 0; i < 300; ++i) {
      const int f = any(random);
      ASSERT_EQ(ReadSamples(reader, f), expected[static_cast<size_t>(f)]) << f;
    }
    for (int f = 74; f >= 0; --f) {
      ASSERT_EQ(ReadSamples(reader, f), expected[static_cast<size_t>(f)]) << f;
    }
  }
}

TEST(VideoReader, ReadsContainersAndCodecsOtherThanH264InMp4) {
  for (const std::string name : {"a.mkv", "b.avi", "c.mov"}) {
    const std::string codec = name == "b.avi" ? "mjpeg -pix_fmt yuvj420p" : "mpeg4 -g 5 -bf 2";
    const VideoIndex index = MakeVideo(name, "-c:v " + codec);
    const auto expected = DecodedByFfmpeg(index);
    ASSERT_EQ(expected.size(), 12U) << name;
    VideoReader reader(index);
    for (const int f : {0, 11, 3, 4, 10, 2, 1, 0, 11}) {
      EXPECT_EQ(ReadSamples(reader, f), expected[static_cast<size_t>(f)]) << name << ' ' << f;
    }
  }
}

struct SourceFormat {
  std::string name;
  std::string encoder;
  ColorRange range;
};

class VideoReaderFormats : public ::testing::TestWithParam<SourceFormat> {};

TEST_P(VideoReaderFormats, EndsAs8BitYuv420OfBt601) {
  const SourceFormat& format = GetParam();
  const auto path = testing::EmptyFolder() / format.name;
  testing::Ffmpeg("-f lavfi -i color=c=0x2080e0:size=51x37,format=rgb24 -frames:v 3 " +
                  format.encoder + " '" + path.string() + "'");
  const VideoIndex index = IndexVideo(path);
  EXPECT_EQ(index.color.range, format.range);
  VideoReader reader(index);
  const ConstPictureView picture = reader.Read(2);
  EXPECT_EQ(picture.format, PixelFormat::kYuv420);
  EXPECT_EQ(picture.range, format.range);
  EXPECT_EQ(picture.width(), index.width);
  EXPECT_EQ(picture.planes[1].width, (index.width + 1) / 2);
  EXPECT_EQ(picture.planes[2].height, (index.height + 1) / 2);
  // R 0x20, G 0x80, B 0xe0 in BT.601.
  const bool full = format.range == ColorRange::kFull;
  const int expected[3] = {full ? 110 : 110 * 219 / 255 + 16, full ? 192 : 184, full ? 72 : 79};
  for (int p = 0; p < 3; ++p) {
    EXPECT_NEAR(picture.planes[p].row(10)[12], expected[p], 3) << "plane " << p;
  }
}

constexpr const char* kLimited = "-vf scale=out_color_matrix=bt601:out_range=tv -color_range tv ";

INSTANTIATE_TEST_SUITE_P(
    All, VideoReaderFormats,
    ::testing::Values(
        SourceFormat{"i422.mkv", std::string(kLimited) + "-c:v ffv1 -pix_fmt yuv422p",
                     ColorRange::kLimited},
        SourceFormat{"i444.mkv", std::string(kLimited) + "-c:v ffv1 -pix_fmt yuv444p",
                     ColorRange::kLimited},
        SourceFormat{"i10.mkv", std::string(kLimited) + "-c:v ffv1 -pix_fmt yuv420p10le",
                     ColorRange::kLimited},
        SourceFormat{"nv12.mkv", std::string(kLimited) + "-c:v rawvideo -pix_fmt nv12",
                     ColorRange::kLimited},
        SourceFormat{"j420.mkv", "-c:v mjpeg -q:v 1 -pix_fmt yuvj420p", ColorRange::kFull},
        SourceFormat{"j444.mkv", "-c:v mjpeg -q:v 1 -pix_fmt yuvj444p", ColorRange::kFull},
        SourceFormat{"rgb.mkv", "-vf setparams=range=tv -c:v libx264rgb -qp 0 -pix_fmt rgb24",
                     ColorRange::kLimited}));

TEST(VideoReader, GreyHasItsLumaAndNoColour) {
  const std::pair<std::string, int> formats[] = {{"gray", 8}, {"gray10le", 10}, {"gray12le", 12}};
  for (const auto& [format, depth] : formats) {
    const auto folder = testing::EmptyFolder(format);
    std::vector<uint8_t> raw;
    std::vector<int> expected;
    for (int i = 0; i < 32 * 16; ++i) {
      const int code = (i * 37) % (1 << depth);
      raw.push_back(static_cast<uint8_t>(code));
      if (depth > 8) raw.push_back(static_cast<uint8_t>(code >> 8));
      expected.push_back(std::min((code + (1 << depth >> 9)) >> (depth - 8), 255));
    }
    testing::WriteBytes(folder / "raw", raw);
    const auto path = folder / "a.mkv";
    testing::Ffmpeg("-f rawvideo -pix_fmt " + format + " -s 32x16 -i '" +
                    (folder / "raw").string() + "' -vf setparams=range=tv -c:v ffv1 '" +
                    path.string() + "'");
    const VideoIndex index = IndexVideo(path);
    VideoReader reader(index);
    const std::vector<uint8_t> samples = ReadSamples(reader, 0);
    for (size_t i = 0; i < expected.size(); ++i) ASSERT_EQ(samples[i], expected[i]) << i;
    for (size_t i = expected.size(); i < samples.size(); ++i) ASSERT_EQ(samples[i], 128) << i;
  }
}

TEST(VideoReader, NamesTheFrameOfDamagedData) {
  const auto path = testing::EmptyFolder() / "damaged.mp4";
  testing::DamageMiddle(testing::DrawnPackage() / "full_body_video.mp4", path);
  const VideoIndex index = IndexVideo(path);
  VideoReader through(index);
  const Error error = ErrorOf([&] {
    for (int f = 0; f < index.frame_count(); ++f) through.Read(f);
  });
  EXPECT_EQ(error.code(), ErrorCode::kBadMedia);
  const std::string start = path.string() + ": frame ";
  ASSERT_EQ(std::string(error.what()).rfind(start, 0), 0U) << error.what();
  const int frame = std::atoi(error.what() + start.size());
  EXPECT_GE(frame, 4);
  EXPECT_LE(frame, 19);
  // What does not depend on the damage can still be read.
  EXPECT_NO_THROW(through.Read(0));
  EXPECT_NO_THROW(through.Read(23));
}

TEST(VideoReader, RefusesAFrameThatChangesSize) {
  const auto folder = testing::EmptyFolder();
  const std::string small = (folder / "small.mjpeg").string();
  const std::string large = (folder / "large.mjpeg").string();
  testing::Ffmpeg("-f lavfi -i testsrc2=size=64x48:rate=25 -frames:v 3 '" + small + "'");
  testing::Ffmpeg("-f lavfi -i testsrc2=size=96x48:rate=25 -frames:v 3 '" + large + "'");
  std::vector<uint8_t> both = testing::ReadBytes(small);
  const std::vector<uint8_t> more = testing::ReadBytes(large);
  both.insert(both.end(), more.begin(), more.end());
  testing::WriteBytes(folder / "both.mjpeg", both);
  const auto path = folder / "both.mkv";
  testing::Ffmpeg("-f mjpeg -framerate 25 -i '" + (folder / "both.mjpeg").string() + "' -c copy '" +
                  path.string() + "'");
  const VideoIndex index = IndexVideo(path);
  ASSERT_EQ(index.frame_count(), 6);
  VideoReader reader(index);
  EXPECT_NO_THROW(reader.Read(2));
  const Error error = ErrorOf([&] { reader.Read(3); });
  EXPECT_TRUE(Contains(error, path.string() + ": frame 3 is 96x48, expected 64x48"))
      << error.what();
}

TEST(VideoReader, NoticesThatAFrameIsMissing) {
  VideoIndex index = MakeVideo("short.mp4", "-c:v libx264 -pix_fmt yuv420p");
  index.times.push_back(index.times.back() + 512);
  VideoReader reader(index);
  EXPECT_NO_THROW(reader.Read(11));
  const Error error = ErrorOf([&] { reader.Read(12); });
  EXPECT_TRUE(Contains(error, index.path.string() + ": frame 12 is missing")) << error.what();
}

TEST(VideoReader, StopsWhenToldTo) {
  const VideoIndex index = IndexVideo(testing::DrawnPackage() / "full_body_video.mp4");
  std::atomic<bool> cancel{false};
  VideoReader reader(index, 1, CancelToken(&cancel));
  reader.Read(0);
  cancel = true;
  EXPECT_EQ(ErrorOf([&] { reader.Read(23); }).code(), ErrorCode::kCancelled);
}

}  // namespace
}  // namespace mouthpiece
