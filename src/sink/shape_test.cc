#include "sink/shape.h"

#include <string>
#include <vector>

#include "image/color.h"
#include "sink/output_plan.h"
#include "support/errors.h"
#include "support/sink_test.h"

namespace mouthpiece {
namespace {

StreamFormat Frames(int width, int height, Rational sample_aspect = {1, 1},
                    FieldOrder fields = FieldOrder::kUnknown) {
  StreamFormat frames;
  frames.width = width;
  frames.height = height;
  frames.sample_aspect = sample_aspect;
  frames.field_order = fields;
  return frames;
}

const std::vector<Rect> kFaces = {{500, 100, 700, 320}, {520, 100, 720, 320}};  // around 610,210

TEST(Shape, OptionsAreReadAndWritten) {
  for (const std::string text : {"9:16", "640x480", "9:16@10,20", "640x480@0,8"}) {
    EXPECT_EQ(ToString(ParseCrop(text)), text);
  }
  EXPECT_EQ(ParseScale("1920x1080"), (Scale{1920, 1080}));
  EXPECT_EQ(ParseScale("-2:480"), (Scale{Scale::kKeepShape, 480}));
  EXPECT_EQ(ParseScale("640x-2"), (Scale{640, Scale::kKeepShape}));
  EXPECT_EQ(ToString(ParseScale("640x-2")), "640:-2");
  for (const char* bad : {"", "9", "9:", ":16", "9:16@", "9:16@1", "9:16@1,2,3", "0:1", "-2:480",
                          "9;16", "9:16 ", "1.5:1", "99999x2", "9:16@a,b"}) {
    const Error error = testing::ErrorOf([&] { ParseCrop(bad); });
    EXPECT_TRUE(testing::Contains(error, "crop: expected 9:16")) << bad << ": " << error.what();
  }
  for (const char* bad : {"", "480", "-2:-2", "-1:480", "0x480", "480p", "20000x2", "1x2x3"}) {
    const Error error = testing::ErrorOf([&] { ParseScale(bad); });
    EXPECT_TRUE(testing::Contains(error, "scale: expected 1920x1080")) << bad;
  }
}

TEST(Shape, CropIsTheLargestPartAroundTheFace) {
  struct Row {
    std::string crop;
    StreamFormat frames;
    Rect expected;
    const char* why;
  };
  for (const Row& row :
       {Row{"9:16", Frames(1280, 720), {408, 0, 812, 720}, "404 wide around 610, on an even place"},
        Row{"1:1", Frames(1280, 720), {250, 0, 970, 720}, "as high as the frames"},
        Row{"16:9", Frames(720, 1280), {0, 8, 720, 412}, "as wide as the frames, around 210"},
        Row{"9:16", Frames(640, 360), {438, 0, 640, 360}, "no further than the edge"},
        Row{"9:16@100,0", Frames(1280, 720), {100, 0, 504, 720}, "where it is said"},
        Row{"9:16@101,0", Frames(1280, 720), {100, 0, 504, 720}, "on even places only"},
        Row{"300x200", Frames(1280, 720), {460, 110, 760, 310}, "of that size"},
        Row{"301x201@0,0", Frames(1280, 720), {0, 0, 300, 200}, "of even sides"},
        Row{"1:1", Frames(720, 576, {16, 15}), {180, 0, 720, 576}, "a square as it is shown"},
        Row{"300x202",
            Frames(1280, 720, {1, 1}, FieldOrder::kTopFirst),
            {460, 108, 760, 310},
            "fields stay what they are"}}) {
    const std::optional<Shape> shape =
        ShapeOf(ParseCrop(row.crop), std::nullopt, row.frames, kFaces);
    ASSERT_TRUE(shape) << row.why;
    EXPECT_EQ(shape->crop, row.expected)
        << row.why << ": " << shape->crop.x1 << "," << shape->crop.y1 << " " << shape->crop.width()
        << "x" << shape->crop.height();
    EXPECT_FALSE(shape->scales());
    EXPECT_EQ(shape->sample_aspect, row.frames.sample_aspect);
    EXPECT_EQ(Shaped(row.frames, *shape).field_order, row.frames.field_order);
  }
}

TEST(Shape, PartsThatAreNotThereAreRefused) {
  for (const char* crop : {"1300x100", "100x722", "9:16@900,0", "9:16@0,2", "100x100@-2,0"}) {
    const Error error = testing::ErrorOf(
        [&] { ShapeOf(ParseCrop(crop), std::nullopt, Frames(1280, 720), kFaces); });
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    EXPECT_TRUE(testing::Contains(error, "crop: expected ")) << crop << error.what();
    EXPECT_TRUE(testing::Contains(error, "1280x720")) << crop << error.what();
  }
}

TEST(Shape, ScaleKeepsWhatIsShown) {
  struct Row {
    std::string scale;
    StreamFormat frames;
    int width, height;
    Rational sample_aspect;
  };
  for (const Row& row : {Row{"-2:480", Frames(1280, 720), 854, 480, {1, 1}},
                         Row{"640:-2", Frames(1280, 720), 640, 360, {1, 1}},
                         Row{"1920x1080", Frames(1280, 720), 1920, 1080, {1, 1}},
                         Row{"640x480", Frames(1280, 720), 640, 480, {4, 3}},
                         Row{"853x480", Frames(1280, 720), 853, 480, {1, 1}},
                         Row{"-2:576", Frames(720, 576, {16, 15}), 768, 576, {1, 1}},
                         Row{"720x576", Frames(720, 576, {16, 15}), 720, 576, {16, 15}},
                         Row{"-2:2", Frames(16, 720), 2, 2, {1, 1}}}) {
    const std::optional<Shape> shape =
        ShapeOf(std::nullopt, ParseScale(row.scale), row.frames, kFaces);
    if (row.scale == "720x576") {
      EXPECT_FALSE(shape) << "nothing is to be done";
      continue;
    }
    ASSERT_TRUE(shape) << row.scale;
    EXPECT_EQ(shape->width, row.width) << row.scale;
    EXPECT_EQ(shape->height, row.height) << row.scale;
    EXPECT_EQ(shape->sample_aspect, row.sample_aspect) << row.scale;
  }
}

TEST(Shape, NothingIsDoneWhereNothingChanges) {
  for (const char* crop : {"16:9", "1280x720", "1280x720@0,0"}) {
    EXPECT_FALSE(ShapeOf(ParseCrop(crop), ParseScale("-2:720"), Frames(1280, 720), kFaces)) << crop;
  }
}

class ShapingTest : public testing::SinkTest {
 protected:
  static OutputPlan Plan(const Options& options, const StreamFormat& frames) {
    OutputPlan plan = PlanOutput(options.output);
    const Rect middle{frames.width / 2 - 1, frames.height / 2 - 1, frames.width / 2 + 1,
                      frames.height / 2 + 1};
    FitToFrames(plan, frames, {&middle, 1});
    return plan;
  }

  static std::string Written(const Options& options, const StreamFormat& frames) {
    testing::CapturedOutput output;
    testing::FrameLender lender(frames.width, frames.height, frames.color.range);
    const std::unique_ptr<Sink> sink = OpenSink(Plan(options, frames), options.job, frames);
    for (int64_t i = 0; i < options.job.frame_count; ++i) sink->Write(lender.Lend(i));
    sink->Finish();
    EXPECT_EQ(lender.returned(), options.job.frame_count);
    return output.Finish();
  }
};

TEST_F(ShapingTest, CutPicturesAreThePartBitForBit) {
  Options options = OptionsFor("-", 1);
  options.output.name = "-";
  options.output.crop = ParseCrop("20x10@8,6");
  std::string expected = "YUV4MPEG2 W20 H10 F25:1 Ip A1:1 C420mpeg2 XCOLORRANGE=LIMITED\nFRAME\n";
  const std::vector<uint8_t> whole =
      testing::PictureSamples(0, kWidth, kHeight, ColorRange::kLimited);
  const auto add = [&](size_t start, int stride, int x, int y, int width, int height) {
    for (int row = y; row < y + height; ++row) {
      const auto from = whole.begin() + static_cast<ptrdiff_t>(start) + row * stride + x;
      expected.append(from, from + width);
    }
  };
  add(0, kWidth, 8, 6, 20, 10);
  add(size_t{kWidth} * kHeight, kWidth / 2, 4, 3, 10, 5);
  add(size_t{kWidth} * kHeight * 5 / 4, kWidth / 2, 4, 3, 10, 5);
  EXPECT_EQ(Written(options, Format()), expected);
}

TEST_F(ShapingTest, EveryKindOfOutputHasTheNewSize) {
  for (const char* name : {"a.mp4", "a.webm", "a.y4m", "a.gif", "a.avi"}) {
    Options options = OptionsFor(name, 6);
    options.output.crop = ParseCrop("48x48");
    options.output.scale = ParseScale("-2:96");
    const std::unique_ptr<Sink> sink = OpenSink(Plan(options, Format()), options.job, Format());
    testing::FrameLender frames(kWidth, kHeight, ColorRange::kLimited);
    for (int64_t i = 0; i < 6; ++i) sink->Write(frames.Lend(i));
    sink->Finish();
    const testing::DecodedVideo video = testing::DecodeVideo(options.output.name);
    EXPECT_EQ(video.width, 96) << name;
    EXPECT_EQ(video.height, 96) << name;
    EXPECT_EQ(video.frames.size(), 6u) << name;
  }
}

/// A JPEG of a frame that is spliced is the one that is encoded whole.
TEST_F(ShapingTest, JpegsAreTheSameWhateverIsKept) {
  StreamFormat frames;
  frames.width = 203;
  frames.height = 117;
  for (const std::string shape : {"crop", "scale", "both"}) {
    std::vector<std::vector<std::string>> files;
    for (const uint64_t budget : {uint64_t{0}, uint64_t{1} << 20}) {
      Options options = OptionsFor(shape + std::to_string(budget) + "/", 12);
      options.job.memory_budget = budget;
      options.job.threads = 1;
      if (shape != "scale") options.output.crop = ParseCrop("100x80@50,20");
      if (shape != "crop") options.output.scale = ParseScale("-2:150");
      testing::FrameLender lender(frames.width, frames.height, ColorRange::kLimited);
      const std::unique_ptr<Sink> sink = OpenSink(Plan(options, frames), options.job, frames);
      for (int i = 0; i < 12; ++i) {
        Frame frame = lender.Lend(i % 3);
        frame.output_index = i;
        frame.source_index = i % 3;
        frame.changed = {60, 31, 101, 80};
        for (int y = 31; y < 80; ++y) {
          for (int x = 60; x < 101; ++x) {
            frame.picture().planes[0].row(y)[x] = static_cast<uint8_t>(40 + x * y * (i + 1) % 160);
          }
        }
        sink->Write(std::move(frame));
      }
      sink->Finish();
      auto& written = files.emplace_back();
      for (const std::string& name : testing::NamesIn(options.output.name)) {
        written.push_back(testing::ReadFile(std::filesystem::path(options.output.name) / name));
      }
    }
    EXPECT_EQ(files[0].size(), 12u);
    EXPECT_TRUE(files[0] == files[1]) << shape;
  }
}

TEST_F(ShapingTest, ShardsOfAnotherShapeAreOfAnotherKind) {
  const auto described = [&](const char* crop, const char* scale) {
    Options options = OptionsFor("a.mp4");
    if (*crop != 0) options.output.crop = ParseCrop(crop);
    if (*scale != 0) options.output.scale = ParseScale(scale);
    return DescribeEncoding(Plan(options, Format()), 1);
  };
  const std::string plain = described("", "");
  EXPECT_EQ(described("4:3", ""), plain) << "which is all of the frames";
  EXPECT_EQ(described("1:1", ""), plain + ", crop 48x48 at 8,0");
  EXPECT_EQ(described("1:1", "-2:24"), plain + ", crop 48x48 at 8,0, scale 24x24");
}

TEST_F(ShapingTest, FramesOfAnotherShapeComeWhole) {
  Options options = OptionsFor("images/");
  options.output.crop = ParseCrop("1:1");
  EXPECT_EQ(MakeBackgroundKeeper(Plan(options, Format()), Format()), nullptr);
}

}  // namespace
}  // namespace mouthpiece
