#include "sink/sink.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <set>
#include <thread>

#include "image/color.h"
#include "media/frame_hash.h"
#include "mouthpiece/error.h"
#include "support/captured_output.h"
#include "support/decoded.h"
#include "support/files.h"
#include "support/pictures.h"
#include "support/small_disk.h"
#include "support/sound.h"

namespace mouthpiece {
namespace {

using testing::FrameLender;
using testing::NamesIn;
using testing::ReadFile;
using testing::SmallDisk;
using testing::TempFolder;
using testing::WriteFile;
using Names = std::vector<std::string>;

constexpr int kWidth = 64;
constexpr int kHeight = 48;

std::string Samples(int64_t index, ColorRange range = ColorRange::kLimited) {
  const std::vector<uint8_t> samples = testing::PictureSamples(index, kWidth, kHeight, range);
  return {samples.begin(), samples.end()};
}

class SinkTest : public ::testing::Test {
 protected:
  SinkOptions Options(const std::string& name, int64_t frames = 12) const {
    SinkOptions options;
    options.output = folder_.path() / name;
    options.frame_count = frames;
    options.threads = 2;
    return options;
  }
  static StreamFormat Format(ColorRange range = ColorRange::kLimited) {
    StreamFormat format;
    format.width = kWidth;
    format.height = kHeight;
    format.color.range = range;
    return format;
  }
  /// Writes all frames and checks that each comes back once.
  static void Run(const SinkOptions& options, const StreamFormat& format = Format()) {
    FrameLender frames(format.width, format.height, format.color.range);
    std::unique_ptr<Sink> sink = OpenSink(options, format);
    for (int64_t i = 0; i < options.frame_count; ++i) sink->Write(frames.Lend(i));
    sink->Finish();
    sink.reset();
    EXPECT_EQ(frames.returned(), options.frame_count);
    EXPECT_FALSE(frames.returned_twice());
  }
  template <typename Action>
  static void ExpectError(ErrorCode code, const std::string& words, Action action) {
    try {
      action();
      FAIL() << "an error was expected: " << words;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), code) << error.what();
      EXPECT_NE(std::string(error.what()).find(words), std::string::npos) << error.what();
      EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos) << error.what();
    }
  }

  TempFolder folder_;
};

TEST_F(SinkTest, TheNameDecidesTheKind) {
  EXPECT_EQ(ClassifyOutput("a.mp4", {}), SinkKind::kVideo);
  EXPECT_EQ(ClassifyOutput("a/b.MKV", {}), SinkKind::kVideo);
  EXPECT_EQ(ClassifyOutput("a.avi", {}), SinkKind::kVideo);
  EXPECT_EQ(ClassifyOutput("a.mov", {}), SinkKind::kVideo);
  EXPECT_EQ(ClassifyOutput("-", {}), SinkKind::kRaw);
  EXPECT_EQ(ClassifyOutput("a.y4m", {}), SinkKind::kRaw);
  EXPECT_EQ(ClassifyOutput("null:", {}), SinkKind::kNull);
  EXPECT_EQ(ClassifyOutput("hash:", {}), SinkKind::kHash);
  EXPECT_EQ(ClassifyOutput("hash:a.mp4", {}), SinkKind::kHash);
  EXPECT_EQ(ClassifyOutput("folder", {}), SinkKind::kImages);
  EXPECT_EQ(ClassifyOutput("v1.5/", {}), SinkKind::kImages);
  EXPECT_EQ(ClassifyOutput(folder_.path(), {}), SinkKind::kImages);
  EXPECT_EQ(ClassifyOutput("a/%05d.png", {}), SinkKind::kImages);
}

TEST_F(SinkTest, NamesThatNothingHandlesAreRefused) {
  for (const char* bad : {"", "a.webm", "a.txt", "a.jpg", "%s.jpg", "%05d.bmp", "%05d"}) {
    ExpectError(ErrorCode::kInvalidArgument, bad, [&] { ClassifyOutput(bad, {}); });
  }
  ExpectError(ErrorCode::kInvalidArgument, ".mp4 .mkv .mov .avi",
              [] { ClassifyOutput("a.webm", {}); });
}

TEST_F(SinkTest, OptionsWithoutEffectAreRefused) {
  EncodeOptions crf;
  crf.crf = 20;
  EncodeOptions codec;
  codec.codec = "libx264";
  for (const char* output : {"null:", "hash:", "-", "folder/", "%d.png"}) {
    ExpectError(ErrorCode::kInvalidArgument, output, [&] { ClassifyOutput(output, crf); });
    ExpectError(ErrorCode::kInvalidArgument, output, [&] { ClassifyOutput(output, codec); });
  }
  SinkOptions audio = Options("folder/");
  audio.audio = "a.wav";
  ExpectError(ErrorCode::kInvalidArgument, "takes no audio", [&] { OpenSink(audio, Format()); });
}

TEST_F(SinkTest, WritesVideoWithSound) {
  testing::WriteWav(folder_.path() / "a.wav", 16000, 1, testing::MakeSound(16000, 2, 1));
  SinkOptions options = Options("a.mp4", 25);
  options.audio = folder_.path() / "a.wav";
  options.audio_start_s = 0.5;
  options.audio_duration_s = 1;
  Run(options);
  EXPECT_EQ(NamesIn(folder_.path()), (Names{"a.mp4", "a.wav"}));
  EXPECT_EQ(testing::DecodeVideo(options.output).frames.size(), 25u);
  EXPECT_EQ(testing::DecodeAudio(options.output).samples.size(), 16000u);
}

TEST_F(SinkTest, LosslessVideoGivesThePlanesBack) {
  SinkOptions options = Options("a.mkv");
  options.encode.codec = "ffv1";
  Run(options);
  const testing::DecodedVideo video = testing::DecodeVideo(options.output);
  for (size_t i = 0; i < 12; ++i) {
    EXPECT_EQ(std::string(video.frames[i].begin(), video.frames[i].end()),
              Samples(static_cast<int64_t>(i)));
  }
}

TEST_F(SinkTest, ImagesAreNumberedByTheirPlaceInTheJob) {
  SinkOptions options = Options("images");
  options.first_frame = 98;
  options.frame_count = 4;
  Run(options);
  EXPECT_EQ(NamesIn(folder_.path()), (Names{"images", "images/00098.jpg", "images/00099.jpg",
                                            "images/00100.jpg", "images/00101.jpg"}));
}

TEST_F(SinkTest, JpegsHoldTheFramesInFullRange) {
  for (const ColorRange range : {ColorRange::kLimited, ColorRange::kFull}) {
    SinkOptions options = Options(range == ColorRange::kFull ? "full/" : "limited/", 20);
    options.encode.quality = 97;
    Run(options, Format(range));
    for (int i = 0; i < 20; ++i) {
      const std::string name = std::string(i < 10 ? "0000" : "000") + std::to_string(i) + ".jpg";
      Picture expected(PixelFormat::kYuv420, range, kWidth, kHeight);
      testing::DrawPicture(i, expected.view());
      if (range == ColorRange::kLimited) LimitedToFull(expected.view(), expected.view());
      const uint8_t* data = expected.view().planes[0].data;
      const testing::DecodedVideo image =
          testing::DecodeVideo(std::filesystem::path(options.output) / name);
      EXPECT_GT(testing::Psnr(image.frames.at(0), {data, data + expected.bytes()}), 36) << name;
    }
  }
}

/// Writes 30 frames of 5 source frames, each with a mouth of its own; returns the files.
std::vector<std::string> WriteMouths(SinkOptions options, bool spoil_surroundings) {
  StreamFormat format;
  format.width = 203;
  format.height = 117;
  FrameLender frames(format.width, format.height, ColorRange::kLimited);
  const std::unique_ptr<Sink> sink = OpenSink(options, format);
  for (int i = 0; i < options.frame_count; ++i) {
    const int source = i % 5;
    Frame frame = frames.Lend(source);
    frame.output_index = i;
    frame.source_index = source;
    frame.changed = {60 + source, 31, 101 + 2 * source, 80};
    const Plane& luma = frame.picture().planes[0];
    if (spoil_surroundings && i >= 10) std::fill_n(luma.row(100), 203, uint8_t{16});
    for (int y = frame.changed.y1; y < frame.changed.y2; ++y) {
      for (int x = frame.changed.x1; x < frame.changed.x2; ++x) {
        luma.row(y)[x] = static_cast<uint8_t>(40 + (x * y * (i + 1)) % 160);
      }
    }
    sink->Write(std::move(frame));
  }
  sink->Finish();
  std::vector<std::string> files;
  for (const std::string& name : NamesIn(options.output)) {
    files.push_back(ReadFile(std::filesystem::path(options.output) / name));
  }
  return files;
}

TEST_F(SinkTest, JpegsAreTheSameWhateverIsKept) {
  SinkOptions options = Options("none/", 30);
  const std::vector<std::string> expected = WriteMouths(options, false);
  ASSERT_EQ(expected.size(), 30u);
  EXPECT_EQ(std::set<std::string>(expected.begin(), expected.end()).size(), 30u);
  for (const uint64_t budget : {uint64_t{1}, uint64_t{30000}, uint64_t{1} << 20}) {
    for (const int threads : {1, 2, 5}) {
      options.output =
          folder_.path() / (std::to_string(budget) + "_" + std::to_string(threads) + "/");
      options.memory_budget = budget;
      options.threads = threads;
      EXPECT_TRUE(WriteMouths(options, false) == expected) << options.output;
    }
  }
}

TEST_F(SinkTest, JpegsOfASourceSeenBeforeTakeOnlyWhatChanged) {
  SinkOptions options = Options("kept/", 30);
  options.memory_budget = uint64_t{1} << 20;
  options.threads = 1;  // else a source may be seen twice before its file is kept
  const std::vector<std::string> kept = WriteMouths(options, true);
  options.output = folder_.path() / "reference/";
  const std::vector<std::string> reference = WriteMouths(options, false);
  options.output = folder_.path() / "none/";
  options.memory_budget = 0;
  const std::vector<std::string> none = WriteMouths(options, true);
  EXPECT_TRUE(kept == reference);
  for (size_t i = 0; i < 30; ++i) EXPECT_EQ(none[i] == reference[i], i < 10) << i;
}

TEST_F(SinkTest, PngsHoldTheFramesExactly) {
  SinkOptions options = Options("new/p_%02d.png", 5);
  Run(options);
  for (int i = 0; i < 5; ++i) {
    Picture yuv(PixelFormat::kYuv420, ColorRange::kLimited, kWidth, kHeight);
    Picture bgr(PixelFormat::kBgrPlanar, ColorRange::kFull, kWidth, kHeight);
    testing::DrawPicture(i, yuv.view());
    YuvToBgr(yuv.view(), bgr.view());
    std::vector<uint8_t> expected;
    for (int y = 0; y < kHeight; ++y) {
      for (int x = 0; x < kWidth; ++x) {
        for (const int p : {2, 1, 0}) expected.push_back(bgr.view().planes[p].row(y)[x]);
      }
    }
    const std::string name = "p_0" + std::to_string(i) + ".png";
    EXPECT_EQ(testing::DecodeVideo(folder_.path() / "new" / name).frames.at(0), expected) << name;
  }
}

TEST_F(SinkTest, ImagesJoinTheFilesOfAFolder) {
  WriteFile(folder_.path() / "notes.txt", "keep");
  Run(Options("%d.jpg", 2));
  EXPECT_EQ(NamesIn(folder_.path()), (Names{"0.jpg", "1.jpg", "notes.txt"}));
}

TEST_F(SinkTest, RawIsY4m) {
  Run(Options("a.y4m", 3));
  std::string expected = "YUV4MPEG2 W64 H48 F25:1 Ip A1:1 C420mpeg2 XCOLORRANGE=LIMITED\n";
  for (int i = 0; i < 3; ++i) expected += "FRAME\n" + Samples(i);
  EXPECT_EQ(ReadFile(folder_.path() / "a.y4m"), expected);

  StreamFormat format = Format(ColorRange::kFull);
  format.frame_rate = {30000, 1001};
  format.color.chroma_location = 2;
  SinkOptions options = Options("-", 2);
  options.output = "-";
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
  Run(Options("a.y4m", 5), format);
  const testing::DecodedVideo video = testing::DecodeVideo(folder_.path() / "a.y4m");
  EXPECT_EQ(video.frame_rate, (Rational{25, 1}));
  EXPECT_EQ(video.color.chroma_location, 1);
  ASSERT_EQ(video.frames.size(), 5u);
  EXPECT_EQ(std::string(video.frames[4].begin(), video.frames[4].end()), Samples(4));
}

TEST_F(SinkTest, HashIsALineAFrame) {
  SinkOptions options = Options("", 3);
  options.output = "hash:";
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

  options.output = "hash:" + (folder_.path() / "sums.txt").string();
  Run(options);
  EXPECT_EQ(ReadFile(folder_.path() / "sums.txt"), expected);
}

TEST_F(SinkTest, NullDropsEverything) {
  SinkOptions options = Options("");
  options.output = "null:";
  Run(options);
  EXPECT_TRUE(NamesIn(folder_.path()).empty());
}

TEST_F(SinkTest, LeavesNothingWhenItIsGivenUp) {
  for (const char* name : {"a.mp4", "a.avi", "images", "%d.png", "a.y4m"}) {
    const SinkOptions options = Options(name, 50);
    FrameLender frames(kWidth, kHeight, ColorRange::kLimited);
    {
      const std::unique_ptr<Sink> sink = OpenSink(options, Format());
      for (int64_t i = 0; i < 30; ++i) sink->Write(frames.Lend(i));
    }
    EXPECT_EQ(frames.returned(), 30) << name;
    EXPECT_TRUE(NamesIn(folder_.path()).empty()) << name;
  }
}

TEST_F(SinkTest, KeepsWhatWasThereUntilItFinishes) {
  WriteFile(folder_.path() / "0.jpg", "old");
  WriteFile(folder_.path() / "a.mp4", "old");
  WriteFile(folder_.path() / "a.y4m", "old");
  WriteFile(folder_.path() / "sums", "old");
  const std::string hash = "hash:" + (folder_.path() / "sums").string();
  for (SinkOptions options :
       {Options("%d.jpg"), Options("a.mp4"), Options("a.y4m"), Options("sums")}) {
    const std::filesystem::path file = options.output.ends_with("jpg")
                                           ? folder_.path() / "0.jpg"
                                           : std::filesystem::path(options.output);
    if (options.output.ends_with("sums")) options.output = hash;
    ExpectError(ErrorCode::kInvalidArgument, file.string() + ": exists already",
                [&] { OpenSink(options, Format()); });
    options.overwrite = true;
    FrameLender frames(kWidth, kHeight, ColorRange::kLimited);
    {
      const std::unique_ptr<Sink> given_up = OpenSink(options, Format());
      given_up->Write(frames.Lend(0));
    }
    EXPECT_EQ(ReadFile(file), "old");
    Run(options);
    EXPECT_NE(ReadFile(file), "old") << file;
  }
}

TEST_F(SinkTest, ReleasesEveryFrameWhenImagesCannotBeWritten) {
  SinkOptions options = Options("images", 1000);
  FrameLender frames(kWidth, kHeight, ColorRange::kLimited);
  std::unique_ptr<Sink> sink = OpenSink(options, Format());
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
    std::filesystem::remove_all(entry.path());
  }
  ExpectError(ErrorCode::kIo, "images/0", [&] {
    for (int64_t i = 0; i < 1000; ++i) sink->Write(frames.Lend(i));
    sink->Finish();
  });
  sink.reset();
  EXPECT_EQ(frames.lent(), frames.returned());
  EXPECT_LT(frames.lent(), 1000);
}

TEST_F(SinkTest, AFullDiskEndsInOneLineThatNamesTheFile) {
  for (const char* name : {"a.mkv", "a.mp4", "a.avi", "images", "%05d.png", "a.y4m"}) {
    const SmallDisk disk(size_t{256} << 10);
    if (!disk.mounted()) GTEST_SKIP() << "no right to mount a small disk";
    SinkOptions options = Options(name, 4000);
    options.output = disk.path() / name;
    if (options.output.ends_with("mkv")) options.encode.codec = "ffv1";
    FrameLender frames(kWidth, kHeight, ColorRange::kLimited);
    ExpectError(ErrorCode::kIo, "cannot be written: No space left on device", [&] {
      const std::unique_ptr<Sink> sink = OpenSink(options, Format());
      for (int64_t i = 0; i < options.frame_count; ++i) sink->Write(frames.Lend(i));
      sink->Finish();
    });
    EXPECT_EQ(frames.lent(), frames.returned()) << name;
    EXPECT_TRUE(NamesIn(disk.path()).empty()) << name;
  }
}

TEST_F(SinkTest, AClosedPipeIsAnError) {
  SinkOptions options = Options("");
  options.output = "-";
  FrameLender frames(kWidth, kHeight, ColorRange::kLimited);
  testing::CapturedOutput output;
  const std::unique_ptr<Sink> sink = OpenSink(options, Format());
  output.CloseReader();
  ExpectError(ErrorCode::kIo, "closed pipe", [&] { sink->Write(frames.Lend(0)); });
  EXPECT_EQ(frames.returned(), 1);
}

TEST_F(SinkTest, WhatCannotBeOpenedIsFoundBeforeTheFirstFrame) {
  for (const char* name : {"missing/a.mp4", "missing/b/", "missing/a.y4m", "missing/x/%d.png"}) {
    ExpectError(ErrorCode::kIo, "missing", [&] { OpenSink(Options(name), Format()); });
  }
  SinkOptions options = Options("a.mp4");
  options.encode.codec = "none";
  ExpectError(ErrorCode::kInvalidArgument, "libx264", [&] { OpenSink(options, Format()); });
  options = Options("images");
  options.encode.quality = 0;
  ExpectError(ErrorCode::kInvalidArgument, "quality is 0", [&] { OpenSink(options, Format()); });
  options = Options("a.mp4");
  options.audio = folder_.path() / "none.wav";
  ExpectError(ErrorCode::kBadMedia, "none.wav", [&] { OpenSink(options, Format()); });
  EXPECT_TRUE(NamesIn(folder_.path()).empty());
}

TEST_F(SinkTest, AFrameOfAnotherSizeIsRefused) {
  FrameLender frames(kWidth + 2, kHeight, ColorRange::kLimited);
  const std::unique_ptr<Sink> sink = OpenSink(Options("a.mp4"), Format());
  ExpectError(ErrorCode::kInternal, "66x48", [&] { sink->Write(frames.Lend(0)); });
  EXPECT_EQ(frames.returned(), 1);
}

TEST_F(SinkTest, TimesTellEncodingFromWriting) {
  for (const char* name : {"a.mp4", "images"}) {
    FrameLender frames(kWidth, kHeight, ColorRange::kLimited);
    const std::unique_ptr<Sink> sink = OpenSink(Options(name), Format());
    for (int64_t i = 0; i < 12; ++i) sink->Write(frames.Lend(i));
    sink->Finish();
    EXPECT_GT(sink->times().encode.wall_s, 0) << name;
    EXPECT_GT(sink->times().write.wall_s, 0) << name;
  }
}

}  // namespace
}  // namespace mouthpiece
