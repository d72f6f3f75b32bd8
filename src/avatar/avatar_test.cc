#include "mouthpiece/avatar.h"

#include <gtest/gtest.h>

#include <string>

#include "avatar/package.h"
#include "avatar/sha256.h"
#include "support/errors.h"
#include "support/files.h"
#include "support/fixtures.h"
#include "support/package.h"

namespace mouthpiece {
namespace {

namespace fs = std::filesystem;
using testing::ExpectError;
using testing::PngOfSize;
using testing::ReadFile;
using testing::TestPackage;

void ExpectRefused(const TestPackage& package, std::initializer_list<std::string> parts) {
  ExpectError(ErrorCode::kBadPackage, parts, [&] { Avatar::Open(package.path()); });
}

void WriteImages(const TestPackage& package, const std::string& folder, int count, int size) {
  for (int i = 1; i <= count; ++i) {
    package.Write(folder + "/" + std::to_string(i) + ".png", PngOfSize(size, size));
  }
}

TEST(Avatar, OpensTheDrawnPackage) {
  const auto avatar = Avatar::Open(testing::DrawnPackage());
  EXPECT_EQ(avatar->path(), testing::DrawnPackage());
  EXPECT_EQ(avatar->frame_count(), 24);
  EXPECT_EQ(avatar->width(), 426);
  EXPECT_EQ(avatar->height(), 240);
  EXPECT_EQ(avatar->frame_rate(), (Rational{25, 1}));
  EXPECT_EQ(avatar->rectangles().size(), 24U);
  EXPECT_TRUE(avatar->warnings().empty());
  EXPECT_EQ(PackageOf(*avatar).geometry, (FaceGeometry{328, 320}));
  EXPECT_EQ(PackageOf(*avatar).generator, testing::DrawnPackage() / "checkpoint/model_best.onnx");
  EXPECT_TRUE(PackageOf(*avatar).audio_encoder.empty());
}

TEST(Avatar, OpensTheRealPackageWithoutWarning) {
  if (!fs::exists(testing::RealPackage())) GTEST_SKIP() << "the real package is not here";
  const auto avatar = Avatar::Open(testing::RealPackage());
  EXPECT_EQ(avatar->frame_count(), 523);
  EXPECT_EQ(avatar->width(), 1280);
  EXPECT_EQ(avatar->height(), 720);
  EXPECT_TRUE(avatar->warnings().empty());
  EXPECT_FALSE(PackageOf(*avatar).audio_encoder.empty());
}

TEST(Avatar, MayBeReachedThroughALink) {
  const testing::TempFolder folder;
  fs::create_directory_symlink(testing::DrawnPackage(), folder / "link");
  EXPECT_EQ(Avatar::Open(folder / "link")->frame_count(), 24);
}

TEST(Avatar, OpensImageFoldersInEitherPlace) {
  const TestPackage package;
  for (const char* name : {"full_body", "crops_328", "rois_320", "model_inputs"}) {
    fs::remove(package / (std::string(name) + "_video.mp4"));
  }
  WriteImages(package, "full_body_img", 24, 999);
  WriteImages(package, "cache/crops_328", 24, 328);
  WriteImages(package, "rois_320", 24, 320);
  WriteImages(package, "cache/model_inputs", 24, 320);
  const auto avatar = Avatar::Open(package.path());
  EXPECT_EQ(avatar->frame_count(), 24);
  EXPECT_EQ(avatar->width(), 999);
  EXPECT_EQ(avatar->frame_rate(), (Rational{25, 1}));
  EXPECT_EQ(PackageOf(*avatar).crops.images[23], package / "cache/crops_328" / "24.png");
  EXPECT_TRUE(avatar->warnings().empty());
}

TEST(Avatar, TagsImagesWithTheColorThatTheyHold) {
  const TestPackage package;
  fs::remove(package / "full_body_video.mp4");
  WriteImages(package, "full_body_img", 24, 500);
  ColorTags color = PackageOf(*Avatar::Open(package.path())).color;
  EXPECT_EQ(color.range, ColorRange::kLimited);
  EXPECT_EQ(color.matrix, 5);
  fs::remove(package / "full_body_img/1.png");
  package.Write("full_body_img/1.jpg",
                std::string("\xff\xd8\xff\xc0\x00\x11\x08\x01\xf4\x01\xf4\x03", 12));
  color = PackageOf(*Avatar::Open(package.path())).color;
  EXPECT_EQ(color.range, ColorRange::kFull);
  EXPECT_EQ(color.matrix, 5);
}

TEST(Avatar, OpensTheOtherPlacesOfModelsAndFeatures) {
  const TestPackage package;
  fs::create_directory(package / "models");
  fs::rename(package / "checkpoint/model_best.onnx", package / "models/generator.onnx");
  package.Write("models/audio_encoder.onnx", "encoder");
  package.Write("aud_ave.bin", std::string(3 * 2048, '\0'));
  fs::remove(package / "aud_ave.npy");
  const auto avatar = Avatar::Open(package.path());
  EXPECT_EQ(PackageOf(*avatar).generator, package / "models/generator.onnx");
  EXPECT_EQ(PackageOf(*avatar).audio_encoder, package / "models/audio_encoder.onnx");
  EXPECT_EQ(PackageOf(*avatar).features, package / "aud_ave.bin");
}

TEST(Avatar, NeedsNoFeatures) {
  const TestPackage package;
  fs::remove(package / "aud_ave.npy");
  EXPECT_TRUE(PackageOf(*Avatar::Open(package.path())).features.empty());
}

TEST(Avatar, UsesTheFramesThatAllPartsShareAndSaysSo) {
  const TestPackage package;
  fs::remove(package / "crops_328_video.mp4");
  WriteImages(package, "crops_328", 20, 328);
  const auto avatar = Avatar::Open(package.path());
  EXPECT_EQ(avatar->frame_count(), 20);
  EXPECT_EQ(avatar->rectangles().size(), 20U);
  ASSERT_EQ(avatar->warnings().size(), 1U);
  for (const char* part : {"full_body_video.mp4 24", "crops_328 20", "rois_320_video.mp4 24",
                           "model_inputs_video.mp4 24", "crop_rectangles.json 24", "first 20"}) {
    EXPECT_NE(avatar->warnings()[0].find(part), std::string::npos) << avatar->warnings()[0];
  }
}

TEST(Avatar, RefusesSizesThatContradictEachOther) {
  const TestPackage package;
  for (const char* name : {"crops_328", "rois_320", "model_inputs"}) {
    fs::remove(package / (std::string(name) + "_video.mp4"));
  }
  WriteImages(package, "crops_328", 2, 328);
  WriteImages(package, "rois_320", 2, 320);
  WriteImages(package, "model_inputs", 2, 318);
  ExpectRefused(package, {"model_inputs", "320x320", "318x318"});
  WriteImages(package, "model_inputs", 2, 320);
  EXPECT_EQ(Avatar::Open(package.path())->frame_count(), 2);
  for (const int size : {328, 330, 321}) {
    WriteImages(package, "rois_320", 2, size);
    WriteImages(package, "model_inputs", 2, size);
    ExpectRefused(package, {"rois_320", "even number", "328x328"});
  }
  for (const char* name : {"rois_320/1.png", "rois_320/2.png"}) {
    package.Write(name, PngOfSize(320, 318));
  }
  ExpectRefused(package, {"rois_320", "square", "320x318"});
}

TEST(Avatar, RefusesRectanglesOutsideTheFrame) {
  const TestPackage package;
  package.Write("cache/crop_rectangles.json", "[[0, 0, 9, 9], [300, 100, 427, 200]]");
  ExpectRefused(package, {"cache/crop_rectangles.json", "frame 1", "426x240"});
}

TEST(Avatar, ChecksDigestsWhereTheyAreGiven) {
  const TestPackage package;
  const fs::path model = package / "checkpoint/model_best.onnx";
  const auto config = [](const std::string& digest) {
    return R"({"asr": "ave", "generator": {"included": true, "file": "checkpoint/model_best.onnx",)"
           R"( "sha256": ")" +
           digest + "\"}}";
  };
  std::string digest = Sha256OfFile(model);
  package.Write("onnx_dist_config.json", config(digest));
  EXPECT_EQ(PackageOf(*Avatar::Open(package.path())).generator, model);
  std::string wrong = digest;
  wrong[0] = wrong[0] == '0' ? '1' : '0';
  package.Write("onnx_dist_config.json", config(wrong));
  ExpectRefused(package, {model.string(), digest.substr(0, 12), wrong.substr(0, 12)});
  package.Write("onnx_dist_config.json", config("abc"));
  ExpectRefused(package, {"onnx_dist_config.json", "sha256", "\"abc\""});
}

TEST(Avatar, OpensNoPathThatLeavesThePackage) {
  const TestPackage package;
  const std::string config = "onnx_dist_config.json";
  for (const char* file : {"/etc/passwd", "../x.onnx", "models/../../x.onnx", ""}) {
    package.Write(config, std::string(R"({"generator": {"file": ")") + file + "\"}}");
    ExpectRefused(package, {"package"});
  }
  package.Write(config, R"({"generator": {"file": "a\u001b[2J\nb.onnx"}})");
  ExpectRefused(package, {"\"a?[2J?b.onnx\""});
  package.Write(config, R"({"generator": {"file": "checkpoint/../checkpoint/model_best.onnx"}})");
  EXPECT_NO_THROW(Avatar::Open(package.path()));
}

TEST(Avatar, FollowsLinksToPlainFilesOnly) {
  const TestPackage package;
  for (const char* name : {"aud_ave.npy", "full_body_video.mp4", "cache/crop_rectangles.json",
                           "checkpoint/model_best.onnx"}) {
    fs::remove(package / name);
    fs::create_symlink(testing::DrawnPackage() / name, package / name);
    EXPECT_NO_THROW(Avatar::Open(package.path())) << name;
    fs::remove(package / name);
    fs::create_symlink("/dev/zero", package / name);
    ExpectRefused(package, {name, "is no file"});
    fs::remove(package / name);
    fs::create_symlink(package / name, package / name);  // Leads to itself
    ExpectRefused(package, {name, "cannot be reached"});
    fs::remove(package / name);
    fs::copy(testing::DrawnPackage() / name, package / name);
  }
}

TEST(Avatar, RefusesVideosThatAreNone) {
  const TestPackage package;
  const std::string video = ReadFile(package / "rois_320_video.mp4");
  for (const std::string& content :
       {std::string(), std::string("x"), std::string("#EXTM3U\nfile:///etc/passwd\n"),
        std::string("ffconcat version 1.0\nfile full_body_video.mp4\n"), PngOfSize(320, 320),
        video.substr(0, 16), video.substr(0, video.size() / 2),
        video.substr(0, video.size() - 100)}) {
    package.Write("rois_320_video.mp4", content);
    ExpectRefused(package, {(package / "rois_320_video.mp4").string()});
  }
}

TEST(Avatar, NamesWhatIsMissing) {
  for (const char* name :
       {"full_body_video.mp4", "crops_328_video.mp4", "rois_320_video.mp4",
        "model_inputs_video.mp4", "cache/crop_rectangles.json", "checkpoint/model_best.onnx"}) {
    const TestPackage package;
    fs::remove(package / name);
    ExpectRefused(package, {(package / name).string() + ": is missing"});
    fs::create_directory(package / name);
    ExpectRefused(package, {(package / name).string(), "expected a file, found a folder"});
    fs::remove(package / name);
    package.Write(name, "");
    ExpectRefused(package, {(package / name).string(), "empty"});
  }
}

TEST(Avatar, RefusesWhatIsNoFolder) {
  const testing::TempFolder folder;
  ExpectError(ErrorCode::kBadPackage, {(folder / "none").string(), "missing"},
              [&] { Avatar::Open(folder / "none"); });
  folder.Write("file", "text");
  ExpectError(ErrorCode::kBadPackage, {(folder / "file").string(), "expected a folder"},
              [&] { Avatar::Open(folder / "file"); });
  ExpectError(ErrorCode::kBadPackage, {"full_body_video.mp4"},
              [&] { Avatar::Open(folder.path()); });
}

}  // namespace
}  // namespace mouthpiece
