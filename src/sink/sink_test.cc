#include "sink/sink.h"

#include <string>
#include <vector>

#include "media/frame_hash.h"
#include "sink/image_pattern.h"
#include "support/sink_test.h"

namespace mouthpiece {
namespace {

using testing::FrameLender;
using testing::NamesIn;
using testing::ReadFile;
using testing::SinkTest;
using Names = std::vector<std::string>;

std::string Samples(int64_t index, ColorRange range = ColorRange::kLimited) {
  const std::vector<uint8_t> samples = testing::PictureSamples(index, 64, 48, range);
  return {samples.begin(), samples.end()};
}

TEST_F(SinkTest, WritesVideoWithSound) {
  testing::WriteWav(folder_.path() / "a.wav", 16000, 1, testing::MakeSound(16000, 2, 1));
  Options options = OptionsFor("a.mp4", 25);
  options.job.sound = folder_.path() / "a.wav";
  options.job.sound_start_s = 0.5;
  options.job.sound_duration_s = 1;
  Run(options);
  EXPECT_EQ(NamesIn(folder_.path()), (Names{"a.mp4", "a.wav"}));
  EXPECT_EQ(testing::DecodeVideo(options.output.name).frames.size(), 25u);
  EXPECT_EQ(testing::DecodeAudio(options.output.name).samples.size(), 16000u);
}

TEST_F(SinkTest, LosslessVideoGivesThePlanesBack) {
  Options options = OptionsFor("a.mkv");
  options.output.encode.codec = "ffv1";
  Run(options);
  const testing::DecodedVideo video = testing::DecodeVideo(options.output.name);
  for (size_t i = 0; i < 12; ++i) {
    EXPECT_EQ(std::string(video.frames[i].begin(), video.frames[i].end()),
              Samples(static_cast<int64_t>(i)));
  }
}

TEST_F(SinkTest, RawIsY4m) {
  Run(OptionsFor("a.y4m", 3));
  std::string expected = "YUV4MPEG2 W64 H48 F25:1 Ip A1:1 C420mpeg2 XCOLORRANGE=LIMITED\n";
  for (int i = 0; i < 3; ++i) expected += "FRAME\n" + Samples(i);
  EXPECT_EQ(ReadFile(folder_.path() / "a.y4m"), expected);

  StreamFormat format = Format(ColorRange::kFull);
  format.frame_rate = {30000, 1001};
  format.color.chroma_location = 2;
  Options options = OptionsFor("-", 2);
  options.output.name = "-";
  testing::CapturedOutput output;
  Run(options, format);
  EXPECT_EQ(output.Finish(),
            "YUV4MPEG2 W64 H48 F30000:1001 Ip A1:1 C420jpeg XCOLORRANGE=FULL\n"
            "FRAME\n" +
                Samples(0, ColorRange::kFull) + "FRAME\n" + Samples(1, ColorRange::kFull));
}

TEST_F(SinkTest, FFmpegReadsTheY4mAsItWasWritten) {
  StreamFormat format = Format();
  format.color.chroma_location = 1;
  Run(OptionsFor("a.y4m", 5), format);
  const testing::DecodedVideo video = testing::DecodeVideo(folder_.path() / "a.y4m");
  EXPECT_EQ(video.frame_rate, (Rational{25, 1}));
  EXPECT_EQ(video.color.chroma_location, 1);
  ASSERT_EQ(video.frames.size(), 5u);
  EXPECT_EQ(std::string(video.frames[4].begin(), video.frames[4].end()), Samples(4));
}

TEST_F(SinkTest, WebmIsVp9WithOpusSound) {
  testing::WriteWav(folder_.path() / "a.wav", 16000, 1, testing::MakeSound(16000, 2, 1));
  Options options = OptionsFor("a.webm", 25);
  options.job.sound = folder_.path() / "a.wav";
  options.job.sound_duration_s = 1;
  Run(options);
  const testing::DecodedVideo video = testing::DecodeVideo(options.output.name);
  ASSERT_EQ(video.frames.size(), 25u);
  EXPECT_GT(testing::Psnr(video.frames[7],
                          testing::PictureSamples(7, kWidth, kHeight, ColorRange::kLimited)),
            28);
  EXPECT_NEAR(static_cast<double>(testing::DecodeAudio(options.output.name).samples.size()), 48000,
              1000);
}

TEST_F(SinkTest, AnImageOfOneFrameNeedsNoNumber) {
  for (const std::string name : {"a.png", "a.JPG"}) {
    const std::string pattern = "all/%05d" + std::filesystem::path(name).extension().string();
    Run(OptionsFor(name, 1));
    Run(OptionsFor(pattern, 1));
    EXPECT_EQ(ReadFile(folder_.path() / name),
              ReadFile(folder_.path() / ParseImagePattern(pattern).folder /
                       ParseImagePattern(pattern).NameOf(0)))
        << name;
  }
}

TEST_F(SinkTest, AnImageTakesNoSecondFrame) {
  for (const bool more : {false, true}) {
    Options options = OptionsFor("x_001.png", more ? 1 : 2);
    options.job.may_be_more = more;
    ExpectError(ErrorCode::kInvalidArgument,
                "x_001.png: names one image, and every frame needs its own: " +
                    (folder_.path() / "x_%03d.png").string(),
                [&] { CheckSink(PlanOutput(options.output), options.job, Format()); });
  }
  EXPECT_TRUE(NamesIn(folder_.path()).empty());
}

TEST_F(SinkTest, AnImageOfAShardWithoutFramesIsNone) {
  Run(OptionsFor("a.png", 0));
  EXPECT_TRUE(NamesIn(folder_.path()).empty());
}

TEST_F(SinkTest, AGifShowsTheFramesInTheirColours) {
  for (const int frames : {1, 12, 40}) {
    const std::string name = std::to_string(frames) + ".gif";
    Run(OptionsFor(name, frames));
    const testing::DecodedVideo video = testing::DecodeVideo(folder_.path() / name);
    ASSERT_EQ(video.frames.size(), static_cast<size_t>(frames));
  }
}

TEST_F(SinkTest, AWebpShowsTheFrames) {
  Run(OptionsFor("a.webp", 6));
  const std::string file = ReadFile(folder_.path() / "a.webp");
  EXPECT_EQ(file.substr(0, 4) + file.substr(8, 4), "RIFFWEBP");
  size_t frames = 0;
  for (size_t at = file.find("ANMF"); at != std::string::npos; at = file.find("ANMF", at + 1)) {
    ++frames;
  }
  EXPECT_EQ(frames, 6u);
  const size_t loops = file.find("ANIM") + 12;
  EXPECT_EQ(file[loops] + file[loops + 1], 0) << "for ever";
}

TEST_F(SinkTest, AWebpOfOneFrameIsAPlainPicture) {
  Run(OptionsFor("a.webp", 1));
  EXPECT_EQ(ReadFile(folder_.path() / "a.webp").find("ANMF"), std::string::npos);
  const testing::DecodedVideo picture = testing::DecodeVideo(folder_.path() / "a.webp");
  ASSERT_EQ(picture.frames.size(), 1u);
  EXPECT_GT(testing::Psnr(picture.frames[0],
                          testing::PictureSamples(0, kWidth, kHeight, ColorRange::kLimited)),
            30);
}

TEST_F(SinkTest, HashIsALineAFrame) {
  Options options = OptionsFor("", 3);
  options.output.name = "hash:";
  testing::CapturedOutput output;
  Run(options);
  std::string expected;
  for (int i = 0; i < 3; ++i) {
    Picture picture(PixelFormat::kYuv420, ColorRange::kLimited, kWidth, kHeight);
    testing::DrawPicture(i, picture.view());
    const std::string number = std::to_string(i);
    expected += number + " " + number + " " + FrameMd5(picture.view()) + "\n";
  }
  EXPECT_EQ(output.Finish(), expected);

  options.output.name = "hash:" + (folder_.path() / "sums.txt").string();
  Run(options);
  EXPECT_EQ(ReadFile(folder_.path() / "sums.txt"), expected);
}

TEST_F(SinkTest, NullDropsEverything) {
  Options options = OptionsFor("");
  options.output.name = "null:";
  Run(options);
  EXPECT_TRUE(NamesIn(folder_.path()).empty());
}

TEST_F(SinkTest, TimesTellEncodingFromWriting) {
  for (const char* name : {"a.mp4", "images"}) {
    FrameLender frames(kWidth, kHeight, ColorRange::kLimited);
    const std::unique_ptr<Sink> sink = Open(OptionsFor(name));
    for (int64_t i = 0; i < 12; ++i) sink->Write(frames.Lend(i));
    sink->Finish();
    EXPECT_GT(sink->times().encode.wall_s, 0) << name;
    EXPECT_GT(sink->times().write.wall_s, 0) << name;
  }
}

}  // namespace
}  // namespace mouthpiece
