#include "mouthpiece/import.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "avatar/package.h"
#include "image/color.h"
#include "import/face_crop.h"
#include "media/image_reader.h"
#include "media/video_reader.h"
#include "mouthpiece/avatar.h"
#include "mouthpiece/inspect.h"
#include "support/dataset.h"
#include "support/errors.h"
#include "support/files.h"
#include "support/fixtures.h"

namespace mouthpiece {
namespace {

namespace fs = std::filesystem;
using testing::ExpectError;
using testing::ReadFile;
using testing::TestDataset;

class Import : public ::testing::Test {
 protected:
  Import() { dataset_.AddGenerator(); }

  fs::path output() const { return dataset_ / "package"; }
  std::shared_ptr<const Avatar> ImportAndOpen(const ImportOptions& options = {}) {
    ImportDataset(dataset_.path(), output(), options);
    return Avatar::Open(output());
  }
  void ExpectRefused(ErrorCode code, std::initializer_list<std::string> parts,
                     const ImportOptions& options = {}) {
    ExpectError(code, parts, [&] { ImportDataset(dataset_.path(), output(), options); });
    EXPECT_FALSE(fs::exists(output()));
    for (const auto& entry : fs::directory_iterator(dataset_.path())) {
      EXPECT_NE(entry.path().filename().string().front(), '.') << entry.path();
    }
  }
  /// Mean squared error between a video's frames as B, G, R and what `expected` gives for each.
  template <typename Expected>
  double ErrorOf(const PictureSource& source, Expected expected) {
    VideoReader reader(*source.video, 1, {});
    Picture bgr(PixelFormat::kBgrPlanar, ColorRange::kFull, source.width, source.height);
    double sum = 0;
    for (int frame = 0; frame < source.frame_count; ++frame) {
      YuvToBgr(reader.Read(frame), bgr.view());
      const Picture wanted = expected(frame);
      for (int p = 0; p < 3; ++p) {
        const Plane& a = bgr.view().planes[p];
        const ConstPlane b = wanted.view().planes[p];
        for (int y = 0; y < a.height; ++y) {
          for (int x = 0; x < a.width; ++x) sum += std::pow(a.row(y)[x] - b.row(y)[x], 2);
        }
      }
    }
    return sum / (3.0 * source.width * source.height * source.frame_count);
  }
  static Picture CropOf(int frame) {
    Picture crop(PixelFormat::kBgrPlanar, ColorRange::kFull, 328, 328);
    FaceCropper().Crop(TestDataset::Draw(frame).view(), TestDataset::RectOf(frame), crop.view());
    return crop;
  }
  static Picture InnerPictureOf(int frame, bool masked) {
    Picture crop = CropOf(frame);
    Picture inner(PixelFormat::kBgrPlanar, ColorRange::kFull, 320, 320);
    const PictureView view = InnerOf(crop.view(), {328, 320});
    if (masked) {
      CopyMasked(view, inner.view());
    } else {
      CopyPicture(view, inner.view());
    }
    return inner;
  }

  const TestDataset dataset_{9};
};

TEST_F(Import, MakesAPackageOfTheLandmarksSquares) {
  const auto avatar = ImportAndOpen();
  ASSERT_EQ(avatar->frame_count(), 9);
  EXPECT_TRUE(avatar->warnings().empty());
  EXPECT_EQ(avatar->width(), 64);
  EXPECT_EQ(avatar->height(), 48);
  EXPECT_EQ(avatar->frame_rate(), (Rational{25, 1}));
  for (int frame = 0; frame < 9; ++frame) {
    EXPECT_EQ(avatar->rectangles()[static_cast<size_t>(frame)], TestDataset::RectOf(frame));
  }
  EXPECT_TRUE(InspectPackage(output()).problems.empty());
}

TEST_F(Import, PicturesAreThoseOfTheDatasetWithinWhatTheCodecLoses) {
  const auto avatar = ImportAndOpen();
  const Package& package = PackageOf(*avatar);
  EXPECT_LT(ErrorOf(package.full_body, [](int i) { return TestDataset::Draw(i); }), 12);
  EXPECT_LT(ErrorOf(package.crops, CropOf), 6);
  EXPECT_LT(ErrorOf(package.rois, [](int i) { return InnerPictureOf(i, false); }), 6);
  EXPECT_LT(ErrorOf(package.model_inputs, [](int i) { return InnerPictureOf(i, true); }), 6);
}

TEST_F(Import, QualityIsTheCallers) {
  const auto error = [&](int crf) {
    const auto avatar = ImportAndOpen({.crf = crf, .overwrite = true});
    return ErrorOf(PackageOf(*avatar).crops, CropOf);
  };
  const double lossless = error(0);
  EXPECT_LT(lossless, 2.5) << "only the change to 4:2:0 and its rounding is left";
  EXPECT_LT(lossless, error(30) - 1);
}

TEST_F(Import, MayKeepTheDatasetsOwnFilesAsBackground) {
  const auto avatar = ImportAndOpen({.background = Background::kImages});
  EXPECT_FALSE(fs::exists(output() / "full_body_video.mp4"));
  EXPECT_EQ(avatar->frame_count(), 9);
  for (int frame = 0; frame < 9; ++frame) {
    EXPECT_EQ(ReadFile(PackageOf(*avatar).full_body.images[static_cast<size_t>(frame)]),
              ReadFile(dataset_ / ("full_body_img/" + std::to_string(frame) + ".png")));
  }
}

TEST_F(Import, TakesModelsAndFeaturesAlong) {
  const fs::path models = testing::Models();
  fs::create_directories(dataset_ / "models");
  fs::copy_file(models / "encoder.onnx", dataset_ / "models/audio_encoder.onnx");
  fs::copy_file(testing::DrawnPackage() / "aud_ave.npy", dataset_ / "aud_ave.npy");
  ImportDataset(dataset_.path(), output());
  const PackageReport report = InspectPackage(output());
  ASSERT_EQ(report.models.size(), 2U);
  EXPECT_EQ(report.models[0].digest, DigestStatus::kMatches);
  EXPECT_EQ(report.models[1].digest, DigestStatus::kMatches);
  EXPECT_TRUE(report.features.has_value());
}

TEST_F(Import, ModelsMayBeGiven) {
  fs::rename(dataset_ / "checkpoint/model_best.onnx", dataset_ / "mine.onnx");
  ExpectRefused(ErrorCode::kBadMedia, {"model_best.onnx: is missing", "--model"});
  const auto avatar = ImportAndOpen({.model = dataset_ / "mine.onnx"});
  EXPECT_EQ(ReadFile(PackageOf(*avatar).generator), ReadFile(dataset_ / "mine.onnx"));
}

TEST_F(Import, ModelsThatDoNotLoadAreRefusedBeforeTheWork) {
  dataset_.Write("checkpoint/model_best.onnx", "no network");
  bool began = false;
  ExpectError(ErrorCode::kBadPackage, {"model_best.onnx"}, [&] {
    ImportDataset(dataset_.path(), output(), {},
                  {.progress = [&](const Progress&) { began = true; }});
  });
  EXPECT_FALSE(began);
}

TEST_F(Import, KeepsWhatParsingMarks) {
  for (int frame = 0; frame < 9; ++frame) {
    Picture parsing(PixelFormat::kBgrPlanar, ColorRange::kFull, 64, 48);
    for (const Plane& plane : parsing.view().planes) std::fill_n(plane.data, 64 * 48, uint8_t{0});
    if (frame != 4) {
      const Rect rect = TestDataset::RectOf(frame);
      uint8_t* row = parsing.view().planes[2].row(rect.y1 + 3);
      std::fill(row, row + rect.x1 + 5, uint8_t{255});
    }
    dataset_.WritePng("parsing/" + std::to_string(frame) + ".png", parsing.view());
  }
  const ImportReport report = ImportDataset(dataset_.path(), output());
  EXPECT_EQ(report.kept_frames, 8);
  const auto avatar = Avatar::Open(output());
  const KeptPixels& kept = PackageOf(*avatar).kept;
  EXPECT_TRUE(kept.Of(4).empty());
  const Rect rect = TestDataset::RectOf(3);
  ASSERT_EQ(kept.Of(3).luma.size(), 1U);
  const SampleRun run = kept.Of(3).luma[0];
  EXPECT_EQ(run.row, rect.y1 % 2 + 3);
  EXPECT_EQ(run.begin, rect.x1 % 2);
  EXPECT_EQ(run.end, rect.x1 % 2 + 5);
}

TEST_F(Import, ReportsEveryFrame) {
  std::vector<int64_t> seen;
  ImportDataset(dataset_.path(), output(), {}, {.progress = [&](const Progress& progress) {
                  EXPECT_EQ(progress.total, 9);
                  seen.push_back(progress.done);
                }});
  EXPECT_EQ(seen, (std::vector<int64_t>{1, 2, 3, 4, 5, 6, 7, 8, 9}));
}

TEST_F(Import, ReplacesAPackageOnlyWhenToldToAndOnlyByAWholeOne) {
  ImportAndOpen();
  ExpectError(ErrorCode::kInvalidArgument, {"package: exists already"},
              [&] { ImportDataset(dataset_.path(), output()); });
  dataset_.Write("full_body_img/5.png",
                 std::string("\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0@\0\0\0", 23) + "0");
  ExpectError(ErrorCode::kBadMedia, {"full_body_img/5.png"},
              [&] { ImportDataset(dataset_.path(), output(), {.overwrite = true}); });
  EXPECT_EQ(Avatar::Open(output())->frame_count(), 9) << "the old one is still there";
  dataset_.WritePng("full_body_img/5.png", 64, 48, 5);
  ImportDataset(dataset_.path(), output(), {.background = Background::kImages, .overwrite = true});
  EXPECT_FALSE(fs::exists(output() / "full_body_video.mp4"));
}

TEST_F(Import, StopsWhenItIsCancelledAndLeavesNothing) {
  std::atomic<bool> cancel{false};
  const Hooks hooks{.progress = [&](const Progress& progress) { cancel = progress.done == 3; },
                    .cancel = &cancel};
  ExpectError(ErrorCode::kCancelled, {"cancelled"},
              [&] { ImportDataset(dataset_.path(), output(), {}, hooks); });
  EXPECT_FALSE(fs::exists(output()));
}

TEST_F(Import, RefusesWhatCannotBe) {
  ExpectRefused(ErrorCode::kInvalidArgument, {"crf: expected 0 to 51, found 52"}, {.crf = 52});
  ExpectRefused(ErrorCode::kInvalidArgument, {"package", "no preset quick"}, {.preset = "quick"});
  dataset_.Write("landmarks/3.lms", "1 2\nx 3\n");
  ExpectRefused(ErrorCode::kBadMedia, {"landmarks/3.lms: line 2 is wrong"});
}

TEST_F(Import, FramesOfOddSizesNeedImages) {
  const TestDataset odd(0);
  odd.AddGenerator();
  odd.WritePng("full_body_img/0.png", 63, 47);
  odd.WriteLandmarks(0, {2, 3, 32, 33});
  ExpectError(ErrorCode::kUnsupported, {"0.png: 63x47", "--background images"},
              [&] { ImportDataset(odd.path(), output()); });
  ImportDataset(odd.path(), output(), {.background = Background::kImages});
  EXPECT_EQ(Avatar::Open(output())->width(), 63);
}

}  // namespace
}  // namespace mouthpiece
