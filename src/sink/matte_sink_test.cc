#include <string>
#include <vector>

#include "image/color_matrix.h"
#include "media/png_encoder.h"
#include "media/video_reader.h"
#include "sink/matte.h"
#include "sink/output_plan.h"
#include "support/errors.h"
#include "support/sink_test.h"

namespace mouthpiece {
namespace {

constexpr std::array<uint8_t, 3> kGreen = {20, 180, 40};
constexpr std::array<uint8_t, 3> kSkin = {224, 172, 140};
constexpr std::array<uint8_t, 3> kBlue = {30, 60, 200};

TEST(KeyOutOption, IsReadAndWritten) {
  EXPECT_EQ(ParseKeyOut("green"), (KeyOut{{0, 255, 0}, 0.7}));
  EXPECT_EQ(ParseKeyOut("blue:0.5"), (KeyOut{{0, 0, 255}, 0.5}));
  EXPECT_EQ(ParseKeyOut("#0aB140:1"), (KeyOut{{10, 177, 64}, 1}));
  EXPECT_EQ(ToString(ParseKeyOut("#0aB140:0.25")), "#0ab140:0.25");
  for (const char* bad : {"", "red", "#12345", "#1234567", "green:", "green:0", "green:1.1",
                          "green:x", "green:-1", "#00ff00 ", "#+12345"}) {
    testing::ExpectError(ErrorCode::kInvalidArgument, {"key-out: expected green, blue or #rrggbb"},
                         [&] { ParseKeyOut(bad); });
  }
}

/// Says that the left half is transparent, but for a column in between.
class HalfTransparent : public AlphaSource {
 public:
  void Read(int /*source_index*/, Plane target) override {
    for (int y = 0; y < target.height; ++y) {
      for (int x = 0; x < target.width; ++x) {
        target.row(y)[x] = x < target.width / 2 ? 0 : 255;
      }
    }
  }
};

class MatteTest : public testing::SinkTest {
 protected:
  /// A frame whose left half is `left`, its right one skin.
  static Frame Draw(testing::FrameLender& lender, const std::array<uint8_t, 3>& left,
                    int64_t index = 0) {
    Frame frame = lender.Lend(index);
    const auto a = CodesOf(left, YuvMatrix::kBt601, ColorRange::kLimited);
    const auto b = CodesOf(kSkin, YuvMatrix::kBt601, ColorRange::kLimited);
    for (size_t p = 0; p < 3; ++p) {
      const Plane plane = frame.picture().planes[p];
      for (int y = 0; y < plane.height; ++y) {
        for (int x = 0; x < plane.width; ++x) plane.row(y)[x] = x < plane.width / 2 ? a[p] : b[p];
      }
    }
    return frame;
  }

  /// Writes two frames; `left` is the colour of their left half.
  static void Write(const Options& options, const std::array<uint8_t, 3>& left, bool has_alpha) {
    StreamFormat format = Format();
    format.has_alpha = has_alpha;
    OutputPlan plan = PlanOutput(options.output);
    const Rect face{30, 20, 34, 28};
    FitToFrames(plan, format, {&face, 1});
    SinkJob job = options.job;
    if (has_alpha) job.alpha = std::make_shared<HalfTransparent>();
    testing::FrameLender lender(kWidth, kHeight, ColorRange::kLimited);
    std::unique_ptr<Sink> sink = OpenSink(plan, job, format);
    for (int64_t i = 0; i < job.frame_count; ++i) sink->Write(Draw(lender, left, i));
    sink->Finish();
    sink.reset();
    EXPECT_EQ(lender.returned(), job.frame_count);
  }

  /// The pixel of the first frame of a video or picture, as ffmpeg's decoders give it.
  static std::array<int, 3> Yuv(const std::filesystem::path& path, int x, int y) {
    const testing::DecodedVideo video = testing::DecodeVideo(path);
    const std::vector<uint8_t>& frame = video.frames.at(0);
    const auto at = [&](int start, int stride, int column, int row) {
      return int{frame[static_cast<size_t>(start + stride * row + column)]};
    };
    const int area = video.width * video.height;
    return {at(0, video.width, x, y), at(area, video.width / 2, x / 2, y / 2),
            at(area * 5 / 4, video.width / 2, x / 2, y / 2)};
  }

  static void ExpectColor(const std::array<int, 3>& yuv, const std::array<uint8_t, 3>& rgb,
                          const std::string& what) {
    const auto codes = CodesOf(rgb, YuvMatrix::kBt601, ColorRange::kLimited);
    for (size_t p = 0; p < 3; ++p) EXPECT_NEAR(yuv[p], codes[p], 1) << what << ", plane " << p;
  }
};

TEST_F(MatteTest, ABackgroundIsSeenWhereFramesAreTransparent) {
  for (const bool has_alpha : {true, false}) {
    for (const std::string shape : {"", "crop", "scale"}) {
      Options options = OptionsFor((has_alpha ? "own" : "key") + shape + ".mkv", 2);
      options.output.encode.codec = "ffv1";
      options.output.background = "#1e3cc8";
      if (!has_alpha) options.output.key_out = ParseKeyOut("green");
      if (shape == "crop") options.output.crop = ParseCrop("32x32@16,8");
      if (shape == "scale") options.output.scale = ParseScale("128x96");
      Write(options, has_alpha ? kSkin : kGreen, has_alpha);
      const testing::DecodedVideo video = testing::DecodeVideo(options.output.name);
      ExpectColor(Yuv(options.output.name, 3, 4), kBlue, options.output.name);
      ExpectColor(Yuv(options.output.name, video.width - 4, 4), kSkin, options.output.name);
    }
  }
}

TEST_F(MatteTest, APictureBehindFramesCoversThem) {
  // Wider than the frames and blue at its sides, which are not seen.
  Picture picture(PixelFormat::kBgrPlanar, ColorRange::kFull, 200, 48);
  for (size_t p = 0; p < 3; ++p) {
    const Plane plane = picture.view().planes[p];
    for (int y = 0; y < 48; ++y) {
      for (int x = 0; x < 200; ++x) {
        const bool is_side = x < 60 || x >= 140;
        plane.row(y)[x] = is_side ? kBlue[2 - p] : 200;
      }
    }
  }
  PngEncoder encoder(200, 48);
  const std::span<const uint8_t> file = encoder.Encode(picture.view());
  testing::WriteFile(folder_ / "back.png", std::string(file.begin(), file.end()));
  Options options = OptionsFor("a.mkv", 1);
  options.output.encode.codec = "ffv1";
  options.output.key_out = ParseKeyOut("green");
  options.output.background = folder_ / "back.png";
  Write(options, kGreen, false);
  for (const int x : {0, 10, 25}) {
    ExpectColor(Yuv(options.output.name, x, 20), {200, 200, 200}, std::to_string(x));
  }
}

TEST_F(MatteTest, AVideoBehindFramesStartsOver) {
  Options back = OptionsFor("back.mkv", 3);
  back.output.encode.codec = "ffv1";
  Run(back);
  Options options = OptionsFor("a.mkv", 7);
  options.output.encode.codec = "ffv1";
  options.output.key_out = ParseKeyOut("green");
  options.output.background = back.output.name;
  options.job.first_frame = 2;
  Write(options, kGreen, false);
  const testing::DecodedVideo shown = testing::DecodeVideo(options.output.name);
  const testing::DecodedVideo behind = testing::DecodeVideo(back.output.name);
  for (size_t i = 0; i < 7; ++i) {
    for (const size_t at : {size_t{0}, size_t{5 * kWidth + 7}, size_t{40 * kWidth + 20}}) {
      EXPECT_EQ(shown.frames[i][at], behind.frames[(i + 2) % 3][at]) << i << " " << at;
    }
  }
}

TEST_F(MatteTest, OutputsThatCanAreTransparent) {
  for (const bool has_alpha : {true, false}) {
    struct Row {
      std::string name;
      std::string codec;
      std::string decoder;
    };
    for (const Row& row : {Row{"a.webm", "", "libvpx-vp9"}, Row{"a.mov", "prores_ks", ""},
                           Row{"a.png", "", ""}, Row{"a.mkv", "ffv1", ""}}) {
      Options options = OptionsFor((has_alpha ? "own_" : "key_") + row.name, 1);
      options.output.encode.codec = row.codec;
      if (!has_alpha) options.output.key_out = ParseKeyOut("green");
      Write(options, has_alpha ? kSkin : kGreen, has_alpha);
      VideoIndex index = IndexVideo(options.output.name);
      EXPECT_TRUE(index.properties.has_alpha) << row.name;
      VideoReader reader(index, 1, {}, VideoContent::kAlpha);
      const ConstPlane alpha = reader.ReadAlpha(0);
      EXPECT_LE(alpha.row(20)[5], 2) << options.output.name;
      EXPECT_LE(alpha.row(3)[24], 4) << options.output.name;
      EXPECT_GE(alpha.row(20)[40], 251) << options.output.name;
      EXPECT_GE(alpha.row(40)[60], 253) << options.output.name;
    }
  }
}

TEST_F(MatteTest, OthersGetTheFramesAsTheyAre) {
  for (const char* name : {"a.mp4", "a.mkv", "a.gif", "a.jpg", "a.y4m", "a_%d.jpg"}) {
    Options options = OptionsFor(name, 1);
    StreamFormat format = Format();
    format.has_alpha = true;
    OutputPlan plan = PlanOutput(options.output);
    FitToFrames(plan, format, {});
    EXPECT_EQ(plan.matte, nullptr) << name;
  }
}

TEST_F(MatteTest, OptionsThatMeanNothingAreRefused) {
  const auto fit = [this](const std::string& key, const std::string& background, bool has_alpha) {
    Options options = OptionsFor("a.webm");
    if (!key.empty()) options.output.key_out = ParseKeyOut(key);
    options.output.background = background;
    StreamFormat format = Format();
    format.has_alpha = has_alpha;
    OutputPlan plan = PlanOutput(options.output);
    FitToFrames(plan, format, {});
  };
  const auto refused = [](const std::string& words, const auto& action) {
    testing::ExpectError(ErrorCode::kInvalidArgument, {words}, action);
  };
  refused("background: expected an avatar that is transparent", [&] { fit("", "#102030", false); });
  refused("key-out: expected an avatar without", [&] { fit("green", "", true); });
  refused("key-out: expected a colour that is no grey", [&] { fit("#808080", "", false); });
  refused("background: expected #rrggbb", [&] { fit("green", "#12", false); });
  refused("is a URL", [&] { fit("green", "http://a/b.png", false); });
  EXPECT_EQ(testing::ErrorOf([&] { fit("green", folder_ / "no.png", false); }).code(),
            ErrorCode::kBadMedia);
}

TEST_F(MatteTest, ShardsKnowOfIt) {
  const auto described = [&](const std::string& key, const std::string& background) {
    Options options = OptionsFor("a.mp4");
    if (!key.empty()) options.output.key_out = ParseKeyOut(key);
    options.output.background = background;
    OutputPlan plan = PlanOutput(options.output);
    FitToFrames(plan, Format(), {});
    return DescribeEncoding(plan, 1);
  };
  const std::string plain = described("", "");
  EXPECT_EQ(described("green", ""), plain) << "an mp4 cannot be transparent";
  EXPECT_EQ(described("green", "#102030"), plain + ", key-out #00ff00:0.7, background #102030");
}

}  // namespace
}  // namespace mouthpiece
