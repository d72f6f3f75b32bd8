#include "avatar/image_folder.h"

#include <gtest/gtest.h>

#include <string>

#include "media/picture_header.h"
#include "support/errors.h"
#include "support/files.h"
#include "support/package.h"

namespace mouthpiece {
namespace {

using testing::ExpectError;
using testing::PngOfSize;
using testing::TempFolder;

void ExpectRefused(const TempFolder& folder, std::initializer_list<std::string> parts) {
  ExpectError(ErrorCode::kBadMedia, parts, [&] { ReadImageFolder(folder.path(), "rois_320"); });
}

TEST(ReadImageFolder, OrdersImagesByNumberAndIgnoresOtherFiles) {
  const TempFolder folder;
  for (int i = 1; i <= 12; ++i) {
    folder.Write("rois_320/" + std::to_string(i) + (i % 2 == 0 ? ".png" : ".jpg"),
                 PngOfSize(320, 200));
  }
  for (const char* name : {"Thumbs.db", "13.txt", "14_masked.jpg", "._3.jpg", ".jpg", "-1.jpg"}) {
    folder.Write(std::string("rois_320/") + name, "junk");
  }
  const PictureSource source = ReadImageFolder(folder.path(), "rois_320");
  EXPECT_EQ(source.frame_count, 12);
  EXPECT_EQ(source.width, 320);
  EXPECT_EQ(source.height, 200);
  EXPECT_FALSE(source.video.has_value());
  ASSERT_EQ(source.images.size(), 12U);
  EXPECT_EQ(source.images[1], folder / "rois_320" / "2.png");
  EXPECT_EQ(source.images[9], folder / "rois_320" / "10.png");
}

TEST(ReadImageFolder, NamesTheFirstMissingImage) {
  const TempFolder folder;
  for (const char* name : {"1.jpg", "2.jpg", "4.jpg", "9.jpg"}) {
    folder.Write(std::string("rois_320/") + name, PngOfSize(320, 320));
  }
  ExpectRefused(folder, {"rois_320/3.jpg: is missing", "1 to 9"});
  std::filesystem::remove(folder / "rois_320/1.jpg");
  ExpectRefused(folder, {"rois_320/1.jpg: is missing"});
}

TEST(ReadImageFolder, TakesEveryConsistentNumbering) {
  const std::vector<std::vector<std::string>> numberings{
      {"0.jpg", "1.jpg", "2.jpg"},
      {"1.JPG", "2.jpeg", "3.PNG"},
      {"00000001.png", "00000002.png", "00000003.png"},
      {"frame_0000.jpg", "frame_0001.jpg", "frame_0002.jpg"},
      {"take2_9999.jpg.txt", "take2_0.jpg", "take2_1.jpg", "take2_2.jpg"},
      {"a-1.Jpeg", "a-2.Jpeg", "a-3.Jpeg"}};
  for (const std::vector<std::string>& names : numberings) {
    const TempFolder folder;
    for (const std::string& name : names) folder.Write("rois_320/" + name, PngOfSize(32, 20));
    const PictureSource source = ReadImageFolder(folder.path(), "rois_320");
    ASSERT_EQ(source.images.size(), 3U) << names.front();
    EXPECT_EQ(source.images.back().filename(), names.back());
  }
  const TempFolder many;
  for (int i = 1; i <= 12; ++i) {  // %01d: wider than the zeros from some number on
    many.Write("rois_320/f" + std::string(i < 10 ? "0" : "") + std::to_string(i) + ".png",
               PngOfSize(32, 20));
  }
  EXPECT_EQ(ReadImageFolder(many.path(), "rois_320").images.back().filename(), "f12.png");
}

TEST(ReadImageFolder, RefusesTwoNumberingsInOneFolder) {
  const TempFolder folder;
  for (const char* name : {"1.jpg", "2.jpg", "003.jpg"}) {
    folder.Write(std::string("rois_320/") + name, PngOfSize(320, 320));
  }
  ExpectRefused(folder, {"rois_320", "two ways", "003.jpg", "1.jpg"});
  std::filesystem::remove_all(folder / "rois_320");
  for (const char* name : {"a1.jpg", "a2.jpg", "b3.jpg"}) {
    folder.Write(std::string("rois_320/") + name, PngOfSize(320, 320));
  }
  ExpectRefused(folder, {"rois_320", "two names", "a1.jpg", "b3.jpg"});
}

TEST(ReadImageFolder, NamesHowManyHaveAnotherSize) {
  const TempFolder folder;
  for (const char* name : {"1.png", "2.png", "3.png", "4.png"}) {
    folder.Write(std::string("rois_320/") + name, PngOfSize(320, name[0] == '1' ? 320 : 300));
  }
  ExpectRefused(folder,
                {"rois_320/2.png", "2 more have a wrong size", "320x320 as 1.png", "320x300"});
}

TEST(ReadImageFolder, RefusesEmptyFilesDoublesAndEmptyFolders) {
  const TempFolder folder;
  std::filesystem::create_directory(folder / "rois_320");
  ExpectRefused(folder, {"rois_320", "holds no image"});
  folder.Write("rois_320/1.jpg", PngOfSize(320, 320));
  folder.Write("rois_320/2.jpg", "");
  ExpectRefused(folder, {"rois_320/2.jpg", "empty"});
  folder.Write("rois_320/1.png", PngOfSize(320, 320));
  ExpectRefused(folder, {"rois_320", "1.jpg", "1.png"});
}

TEST(ReadImageFolder, FollowsLinksToFilesElsewhere) {
  const TempFolder folder;
  folder.Write("outside.png", PngOfSize(320, 320));
  folder.Write("package/rois_320/1.png", PngOfSize(320, 320));
  std::filesystem::create_symlink(folder / "outside.png", folder / "package/rois_320/2.png");
  EXPECT_EQ(ReadImageFolder(folder / "package", "rois_320").frame_count, 2);
  std::filesystem::create_symlink("/dev/null", folder / "package/rois_320/3.png");
  ExpectError(ErrorCode::kBadMedia, {"rois_320/3.png", "is no file"},
              [&] { ReadImageFolder(folder / "package", "rois_320"); });
}

TEST(ReadPictureHeader, ReadsJpegsBehindOtherSegments) {
  const TempFolder folder;
  std::string jpeg(
      "\xff\xd8\xff\xe1\x00\x06"
      "Exif",
      10);
  jpeg += std::string("\xff\xff\xff\xc4\x00\x04\x00\x00", 8);           // Fill bytes, DHT
  jpeg += std::string("\xff\xc2\x00\x11\x08\x02\xd0\x05\x00\x03", 10);  // 1280x720, progressive
  const PictureHeader size = ReadPictureHeader(folder.Write("a.jpg", jpeg));
  EXPECT_EQ(size.width, 1280);
  EXPECT_EQ(size.height, 720);
  for (size_t length = 0; length < jpeg.size() - 1; ++length) {
    const auto path = folder.Write("b.jpg", jpeg.substr(0, length));
    ExpectError(ErrorCode::kBadMedia, {path.string()}, [&] { ReadPictureHeader(path); });
  }
}

TEST(ReadPictureHeader, RefusesWhatHasNoSize) {
  const TempFolder folder;
  const std::string no_frame_header("\xff\xd8\xff\xda\x00\x02\x00\x00\x00\x00", 10);
  const std::string loops("\xff\xd8\xff\xe0\x00\x00\xff\xe0\x00\x00", 10);
  for (const std::string& content :
       {std::string("no image at all"), no_frame_header, loops, PngOfSize(0, 320),
        PngOfSize(320, -1), PngOfSize(40000, 1), PngOfSize(320, 320).substr(0, 20)}) {
    const auto path = folder.Write("a.png", content);
    ExpectError(ErrorCode::kBadMedia, {path.string()}, [&] { ReadPictureHeader(path); });
  }
}

}  // namespace
}  // namespace mouthpiece
