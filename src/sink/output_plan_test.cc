#include "sink/output_plan.h"

#include <string>

#include "support/errors.h"
#include "support/sink_test.h"

namespace mouthpiece {
namespace {

class OutputPlanTest : public testing::SinkTest {
 protected:
  static OutputPlan Plan(const std::string& name) { return PlanOutput({.name = name}); }
};

TEST_F(OutputPlanTest, TheNameDecidesWhatIsTakenAndNeeded) {
  struct Row {
    std::string name;
    std::string_view kind;
    bool takes_sound;
    bool takes_parts;
    int64_t segment_frames;
    uint64_t encoder_frames;
  };
  const std::string folder = folder_.path();
  StreamFormat frames;
  frames.width = 64;
  frames.height = 48;
  for (const Row& row : {Row{"a.mp4", "video", true, false, 250, 128},
                         Row{"a/b.MKV", "video", true, false, 250, 128},
                         Row{"a.webm", "video", true, false, 250, 128},
                         Row{"a.gif", "animation", false, false, 1, 29},
                         Row{"a/b.WebP", "animation", false, false, 1, 29},
                         Row{"a.jpg", "image", false, false, 1, 0},
                         Row{"a/b.PNG", "image", false, false, 1, 0},
                         Row{"a.avi", "video", true, false, 250, 128},
                         Row{"a.mov", "video", true, false, 250, 128},
                         Row{"50%.mp4", "video", true, false, 250, 128},
                         Row{"-", "raw", false, false, 1, 0},
                         Row{"a.y4m", "raw", false, false, 1, 0},
                         Row{"a.Y4M", "raw", false, false, 1, 0},
                         Row{"null:", "null", false, false, 1, 0},
                         Row{"hash:", "hash", false, false, 1, 0},
                         Row{"hash:a.mp4", "hash", false, false, 1, 0},
                         Row{"folder", "images", false, true, 1, 16},
                         Row{"v1.5/", "images", false, true, 1, 16},
                         Row{"a.mp4/", "images", false, true, 1, 16},
                         Row{folder, "images", false, true, 1, 16},
                         Row{"a/%05d.jpg", "images", false, true, 1, 16},
                         Row{"%d.JPEG", "images", false, true, 1, 16},
                         Row{"a/%05d.png", "images", false, false, 1, 16}}) {
    const OutputPlan plan = Plan(row.name);
    EXPECT_EQ(plan.name, row.name);
    EXPECT_EQ(plan.kind, row.kind) << row.name;
    EXPECT_EQ(plan.takes_sound, row.takes_sound) << row.name;
    EXPECT_EQ(plan.takes_parts, row.takes_parts) << row.name;
    EXPECT_EQ(plan.segment_frames, row.segment_frames) << row.name;
    EXPECT_EQ(EncoderBytes(plan, 64, 48), row.encoder_frames * (64u * 48 * 3 / 2)) << row.name;
    EXPECT_EQ(MakeBackgroundKeeper(plan, frames) != nullptr, row.takes_parts) << row.name;
    const bool is_video = row.kind == "video";
    EXPECT_EQ(plan.takes_encoder, is_video) << row.name;
    EXPECT_EQ(plan.takes_comment, is_video) << row.name;
    EXPECT_EQ(DescribeEncoding(plan, 1).empty(), !is_video) << row.name;
    EXPECT_EQ(plan.container.empty(), !is_video && row.kind != "animation") << row.name;
    EXPECT_EQ(plan.pattern.has_value(), row.kind == "images") << row.name;
  }
}

TEST_F(OutputPlanTest, ANameIsTakenApart) {
  EXPECT_EQ(Plan("a/b.MKV").container, ".mkv");
  EXPECT_EQ(Plan("-").file, "");
  EXPECT_EQ(Plan("a.y4m").file, "a.y4m");
  EXPECT_EQ(Plan("hash:").file, "");
  EXPECT_EQ(Plan("hash:a/sums").file, "a/sums");
  EXPECT_EQ(Plan("a/x_%03d.png").pattern->folder, "a");
  EXPECT_EQ(Plan("a/x_%03d.png").pattern->NameOf(7), "x_007.png");
  EXPECT_EQ(Plan("v1.5/").pattern->NameOf(7), "00007.jpg");
}

TEST_F(OutputPlanTest, AFolderIsNoVideoAndTakesImagesOnlyWhereTheNameSaysSo) {
  for (const char* name : {"a.mp4", "a.y4m", "a.gif", "a.webp"}) {
    const std::filesystem::path folder = folder_.path() / name;
    std::filesystem::create_directory(folder);
    testing::ExpectError(ErrorCode::kInvalidArgument, {name, "is a folder", "end its name with /"},
                         [&] { Plan(folder); });
    EXPECT_EQ(Plan(folder / "").kind, "images");
  }
}

TEST_F(OutputPlanTest, CarriesWhatTheOutputSays) {
  const OutputPlan plan =
      PlanOutput({.name = "a.mp4", .encode = {.crf = 23, .preset = "fast"}, .overwrite = true});
  EXPECT_EQ(plan.encode.crf, 23);
  EXPECT_TRUE(plan.overwrite);
  EXPECT_TRUE(DescribeEncoding(plan, 0).starts_with("libx264 crf 23 preset fast of libavcodec "));
}

TEST_F(OutputPlanTest, NamesThatNothingHandlesAreRefused) {
  for (const char* bad :
       {"", "a.flv", "a.txt", "%s.jpg", "%05d.bmp", "%05d", "%05d.gif", "%d.webp"}) {
    ExpectError(ErrorCode::kInvalidArgument, bad, [&] { Plan(bad); });
  }
  ExpectError(ErrorCode::kInvalidArgument, ".mp4 .mkv .mov .webm .avi", [] { Plan("a.flv"); });
}

TEST_F(OutputPlanTest, OptionsWithoutEffectAreRefused) {
  for (const EncodeOptions& encode :
       {EncodeOptions{.codec = "libx264"}, EncodeOptions{.crf = 20},
        EncodeOptions{.preset = "fast"}, EncodeOptions{.bitrate = 1000}}) {
    EXPECT_NO_THROW(PlanOutput({.name = "a.mp4", .encode = encode}));
    for (const char* name : {"null:", "hash:", "-", "folder/", "%d.png", "a.gif", "a.png"}) {
      ExpectError(ErrorCode::kInvalidArgument,
                  std::string(name) + ": takes no codec, crf, preset or bitrate",
                  [&] { PlanOutput({.name = name, .encode = encode}); });
    }
  }
}

TEST_F(OutputPlanTest, SoundIsRefusedWhereNoneIsHeard) {
  for (const char* name : {"folder/", "%d.png", "a.y4m", "a.gif", "a.webp", "a.jpg"}) {
    Options options = OptionsFor(name);
    options.job.sound = "a.wav";
    ExpectError(ErrorCode::kInvalidArgument, "takes no audio", [&] { Open(options); });
  }
  EXPECT_TRUE(testing::NamesIn(folder_.path()).empty());
}

}  // namespace
}  // namespace mouthpiece
