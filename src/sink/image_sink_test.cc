#include "sink/image_sink.h"

#include <algorithm>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "image/color.h"
#include "support/sink_test.h"

namespace mouthpiece {
namespace {

using testing::FrameLender;
using testing::NamesIn;
using testing::ReadFile;
using testing::WriteFile;
using Names = std::vector<std::string>;

/// What `part` shows of a frame that is held by somebody else.
Frame PartOf(const Frame& whole, const Rect& part) {
  PictureView picture = whole.picture();
  for (int p = 0; p < 3; ++p) {
    const int shift = p == 0 ? 0 : 1;
    Plane& plane = picture.planes[p];
    plane.data = plane.row(part.y1 >> shift) + (part.x1 >> shift);
    plane.width = (part.width() + shift) >> shift;
    plane.height = (part.height() + shift) >> shift;
  }
  Frame frame(picture, nullptr, 0);
  frame.output_index = whole.output_index;
  frame.source_index = whole.source_index;
  frame.changed = whole.changed;
  frame.part = part;
  return frame;
}

class ImageSinkTest : public testing::SinkTest {
 protected:
  static constexpr int kSources = 5;

  static StreamFormat LargeFormat() {
    StreamFormat format;
    format.width = 203;
    format.height = 117;
    return format;
  }

  static Rect MouthOf(int source) { return {60 + source, 31, 101 + 2 * source, 80}; }

  /// Source frame `index` % kSources with a mouth of its own.
  static Frame DrawMouth(FrameLender& frames, int index) {
    Frame frame = frames.Lend(index % kSources);
    frame.output_index = index;
    frame.source_index = index % kSources;
    frame.changed = MouthOf(frame.source_index);
    for (int y = frame.changed.y1; y < frame.changed.y2; ++y) {
      for (int x = frame.changed.x1; x < frame.changed.x2; ++x) {
        frame.picture().planes[0].row(y)[x] =
            static_cast<uint8_t>(40 + (x * y * (index + 1)) % 160);
      }
    }
    return frame;
  }

  /// Writes frames with mouths; returns the files. `spoil_surroundings`: a row under the mouths of
  /// all but the first ten is another than in the source.
  static std::vector<std::string> WriteMouths(const Options& options, bool spoil_surroundings) {
    FrameLender frames(LargeFormat().width, LargeFormat().height, ColorRange::kLimited);
    const std::unique_ptr<Sink> sink = Open(options, LargeFormat());
    for (int i = 0; i < options.job.frame_count; ++i) {
      Frame frame = DrawMouth(frames, i);
      if (spoil_surroundings && i >= 10) {
        std::fill_n(frame.picture().planes[0].row(100), LargeFormat().width, uint8_t{16});
      }
      sink->Write(std::move(frame));
    }
    sink->Finish();
    return FilesIn(options.output.name);
  }

  static std::vector<std::string> FilesIn(const std::filesystem::path& folder) {
    std::vector<std::string> files;
    for (const std::string& name : NamesIn(folder)) files.push_back(ReadFile(folder / name));
    return files;
  }
};

TEST_F(ImageSinkTest, ImagesAreNumberedByTheirPlaceInTheJob) {
  Options options = OptionsFor("images");
  options.job.first_frame = 98;
  options.job.frame_count = 4;
  Run(options);
  EXPECT_EQ(NamesIn(folder_.path()), (Names{"images", "images/00098.jpg", "images/00099.jpg",
                                            "images/00100.jpg", "images/00101.jpg"}));
}

TEST_F(ImageSinkTest, JpegsHoldTheFramesInFullRange) {
  for (const ColorRange range : {ColorRange::kLimited, ColorRange::kFull}) {
    Options options = OptionsFor(range == ColorRange::kFull ? "full/" : "limited/", 20);
    options.output.encode.quality = 97;
    Run(options, Format(range));
    for (int i = 0; i < 20; ++i) {
      const std::string name = std::string(i < 10 ? "0000" : "000") + std::to_string(i) + ".jpg";
      Picture expected(PixelFormat::kYuv420, range, kWidth, kHeight);
      testing::DrawPicture(i, expected.view());
      if (range == ColorRange::kLimited) LimitedToFull(expected.view(), expected.view());
      const uint8_t* data = expected.view().planes[0].data;
      const testing::DecodedVideo image =
          testing::DecodeVideo(std::filesystem::path(options.output.name) / name);
      EXPECT_GT(testing::Psnr(image.frames.at(0), {data, data + expected.bytes()}), 36) << name;
    }
  }
}

TEST_F(ImageSinkTest, JpegsAreTheSameWhateverIsKept) {
  Options options = OptionsFor("none/", 30);
  const std::vector<std::string> expected = WriteMouths(options, false);
  ASSERT_EQ(expected.size(), 30u);
  EXPECT_EQ(std::set<std::string>(expected.begin(), expected.end()).size(), 30u);
  for (const uint64_t budget : {uint64_t{1}, uint64_t{30000}, uint64_t{1} << 20}) {
    for (const int threads : {1, 2, 5}) {
      options.output.name =
          folder_.path() / (std::to_string(budget) + "_" + std::to_string(threads) + "/");
      options.job.memory_budget = budget;
      options.job.threads = threads;
      EXPECT_TRUE(WriteMouths(options, false) == expected) << options.output.name;
    }
  }
}

TEST_F(ImageSinkTest, JpegsOfASourceSeenBeforeTakeOnlyWhatChanged) {
  Options options = OptionsFor("kept/", 30);
  options.job.memory_budget = uint64_t{1} << 20;
  options.job.threads = 1;  // else a source may be seen twice before its file is kept
  const std::vector<std::string> kept = WriteMouths(options, true);
  options.output.name = folder_.path() / "reference/";
  const std::vector<std::string> reference = WriteMouths(options, false);
  options.output.name = folder_.path() / "none/";
  options.job.memory_budget = 0;
  const std::vector<std::string> none = WriteMouths(options, true);
  EXPECT_TRUE(kept == reference);
  for (size_t i = 0; i < 30; ++i) EXPECT_EQ(none[i] == reference[i], i < 10) << i;
}

TEST_F(ImageSinkTest, JpegsOfPartsAreThoseOfWholeFrames) {
  Options options = OptionsFor("whole/", 30);
  const std::vector<std::string> expected = WriteMouths(options, false);
  options.output.name = folder_.path() / "parts/";
  const auto keeper = MakeBackgroundKeeper(PlanOutput(options.output), LargeFormat());
  ASSERT_NE(keeper, nullptr);
  FrameLender frames(LargeFormat().width, LargeFormat().height, ColorRange::kLimited);
  for (int source = 0; source < kSources; ++source) {
    EXPECT_GT(keeper->Keep(source, MouthOf(source), frames.Lend(source).picture()), 0u);
  }
  options.job.backgrounds = keeper;
  std::vector<Frame> whole;
  const std::unique_ptr<Sink> sink = Open(options, LargeFormat());
  for (int i = 0; i < options.job.frame_count; ++i) {
    whole.push_back(DrawMouth(frames, i));
    sink->Write(PartOf(whole.back(), keeper->PartAround(whole.back().changed)));
  }
  sink->Finish();
  EXPECT_TRUE(FilesIn(options.output.name) == expected);
}

TEST_F(ImageSinkTest, PngsHoldTheFramesExactly) {
  Options options = OptionsFor("new/p_%02d.png", 5);
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

TEST_F(ImageSinkTest, ImagesJoinTheFilesOfAFolder) {
  WriteFile(folder_.path() / "notes.txt", "keep");
  Run(OptionsFor("%d.jpg", 2));
  EXPECT_EQ(NamesIn(folder_.path()), (Names{"0.jpg", "1.jpg", "notes.txt"}));
}

}  // namespace
}  // namespace mouthpiece
