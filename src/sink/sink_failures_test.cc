#include <filesystem>
#include <string>

#include "sink/sink.h"
#include "support/sink_test.h"

namespace mouthpiece {
namespace {

using testing::FrameLender;
using testing::NamesIn;
using testing::ReadFile;
using testing::SmallDisk;
using testing::WriteFile;

class SinkFailures : public testing::SinkTest {};

TEST_F(SinkFailures, LeavesNothingWhenItIsGivenUp) {
  for (const char* name : {"a.mp4", "a.avi", "images", "%d.png", "a.y4m"}) {
    const Options options = OptionsFor(name, 50);
    FrameLender frames(kWidth, kHeight, ColorRange::kLimited);
    {
      const std::unique_ptr<Sink> sink = Open(options);
      for (int64_t i = 0; i < 30; ++i) sink->Write(frames.Lend(i));
    }
    EXPECT_EQ(frames.returned(), 30) << name;
    EXPECT_TRUE(NamesIn(folder_.path()).empty()) << name;
  }
}

TEST_F(SinkFailures, KeepsWhatWasThereUntilItFinishes) {
  WriteFile(folder_.path() / "0.jpg", "old");
  WriteFile(folder_.path() / "a.mp4", "old");
  WriteFile(folder_.path() / "a.y4m", "old");
  WriteFile(folder_.path() / "sums", "old");
  const std::string hash = "hash:" + (folder_.path() / "sums").string();
  for (Options options :
       {OptionsFor("%d.jpg"), OptionsFor("a.mp4"), OptionsFor("a.y4m"), OptionsFor("sums")}) {
    const std::filesystem::path file = options.output.name.ends_with("jpg")
                                           ? folder_.path() / "0.jpg"
                                           : std::filesystem::path(options.output.name);
    if (options.output.name.ends_with("sums")) options.output.name = hash;
    ExpectError(ErrorCode::kInvalidArgument, file.string() + ": exists already",
                [&] { Open(options); });
    options.output.overwrite = true;
    FrameLender frames(kWidth, kHeight, ColorRange::kLimited);
    {
      const std::unique_ptr<Sink> given_up = Open(options);
      given_up->Write(frames.Lend(0));
    }
    EXPECT_EQ(ReadFile(file), "old");
    Run(options);
    EXPECT_NE(ReadFile(file), "old") << file;
  }
}

TEST_F(SinkFailures, ReleasesEveryFrameWhenImagesCannotBeWritten) {
  Options options = OptionsFor("images", 1000);
  FrameLender frames(kWidth, kHeight, ColorRange::kLimited);
  std::unique_ptr<Sink> sink = Open(options);
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

TEST_F(SinkFailures, AFullDiskEndsInOneLineThatNamesTheFile) {
  for (const char* name : {"a.mkv", "a.mp4", "a.avi", "images", "%05d.png", "a.y4m"}) {
    const SmallDisk disk(size_t{256} << 10);
    if (!disk.mounted()) GTEST_SKIP() << "no right to mount a small disk";
    Options options = OptionsFor(name, 4000);
    options.output.name = disk.path() / name;
    if (options.output.name.ends_with("mkv")) options.output.encode.codec = "ffv1";
    FrameLender frames(kWidth, kHeight, ColorRange::kLimited);
    // What a y4m file takes is known before.
    const char* const words = options.output.name.ends_with("y4m")
                                  ? "a.y4m: takes 18 MB, and the disk has room for 0 MB"
                                  : "cannot be written: No space left on device";
    ExpectError(ErrorCode::kIo, words, [&] {
      const std::unique_ptr<Sink> sink = Open(options);
      for (int64_t i = 0; i < options.job.frame_count; ++i) sink->Write(frames.Lend(i));
      sink->Finish();
    });
    EXPECT_EQ(frames.lent(), frames.returned()) << name;
    EXPECT_TRUE(NamesIn(disk.path()).empty()) << name;
  }
}

TEST_F(SinkFailures, AClosedPipeIsAnError) {
  Options options = OptionsFor("");
  options.output.name = "-";
  FrameLender frames(kWidth, kHeight, ColorRange::kLimited);
  testing::CapturedOutput output;
  output.CloseReader();
  ExpectError(ErrorCode::kIo, "closed pipe", [&] { Open(options)->Write(frames.Lend(0)); });
  EXPECT_EQ(frames.lent(), frames.returned());
}

TEST_F(SinkFailures, WhatCannotBeOpenedIsFoundBeforeTheFirstFrame) {
  for (const char* name : {"missing/a.mp4", "missing/b/", "missing/a.y4m", "missing/x/%d.png"}) {
    ExpectError(ErrorCode::kIo, "missing", [&] { Open(OptionsFor(name)); });
  }
  Options options = OptionsFor("a.mp4");
  options.output.encode.codec = "none";
  ExpectError(ErrorCode::kInvalidArgument, "libx264", [&] { Open(options); });
  options = OptionsFor("images");
  options.output.encode.quality = 0;
  ExpectError(ErrorCode::kInvalidArgument, "quality is 0", [&] { Open(options); });
  options = OptionsFor("a.mp4");
  options.job.sound = folder_.path() / "none.wav";
  ExpectError(ErrorCode::kBadMedia, "none.wav", [&] { Open(options); });
  EXPECT_TRUE(NamesIn(folder_.path()).empty());
}

TEST_F(SinkFailures, AFrameOfAnotherSizeIsRefused) {
  FrameLender frames(kWidth + 2, kHeight, ColorRange::kLimited);
  const std::unique_ptr<Sink> sink = Open(OptionsFor("a.mp4"));
  ExpectError(ErrorCode::kInternal, "66x48", [&] { sink->Write(frames.Lend(0)); });
  EXPECT_EQ(frames.returned(), 1);
}

/// A frame of which only a corner is there.
Frame Corner(FrameLender& corners) {
  Frame frame = corners.Lend(0);
  frame.changed = {4, 4, 12, 12};
  frame.part = {0, 0, 16, 16};
  return frame;
}

TEST_F(SinkFailures, PartsOfFramesAreRefusedWhereWholeOnesAreTaken) {
  const std::string hash = "hash:" + (folder_.path() / "sums").string();
  for (const std::string name : {"a.mp4", "a.avi", "%d.png", "a.y4m", "null:", "hash:"}) {
    Options options = OptionsFor(name);
    if (name == "null:") options.output.name = name;
    if (name == "hash:") options.output.name = hash;
    ASSERT_EQ(MakeBackgroundKeeper(PlanOutput(options.output), Format()), nullptr) << name;
    const std::unique_ptr<Sink> sink = Open(options);
    FrameLender corners(16, 16, ColorRange::kLimited);
    ExpectError(ErrorCode::kInternal,
                options.output.name + ": takes whole frames, but output frame 0 came in part",
                [&] { sink->Write(Corner(corners)); });
    EXPECT_EQ(corners.returned(), 1) << name;
  }
}

TEST_F(SinkFailures, PartsOfFramesAreRefusedWhereNobodyHasTheRest) {
  const std::unique_ptr<Sink> sink = Open(OptionsFor("%d.jpg"));
  FrameLender corners(16, 16, ColorRange::kLimited);
  ExpectError(ErrorCode::kInternal, "came in part", [&] { sink->Write(Corner(corners)); });
  EXPECT_EQ(corners.returned(), 1);
}

TEST_F(SinkFailures, APartThatIsNotAsLargeAsItSaysIsRefused) {
  Options options = OptionsFor("%d.jpg");
  options.job.backgrounds = MakeBackgroundKeeper(PlanOutput(options.output), Format());
  const std::unique_ptr<Sink> sink = Open(options);
  FrameLender corners(18, 16, ColorRange::kLimited);
  ExpectError(ErrorCode::kInternal, "18x16", [&] { sink->Write(Corner(corners)); });
  EXPECT_EQ(corners.returned(), 1);
}

}  // namespace
}  // namespace mouthpiece
