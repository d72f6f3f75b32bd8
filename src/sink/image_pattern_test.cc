#include "sink/image_pattern.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "mouthpiece/error.h"
#include "support/errors.h"
#include "support/files.h"

namespace mouthpiece {
namespace {

TEST(ImagePattern, AFolderHoldsNumberedJpegs) {
  const ImagePattern pattern = ParseImagePattern("some/folder");
  EXPECT_EQ(pattern.folder, "some/folder");
  EXPECT_EQ(pattern.NameOf(0), "00000.jpg");
  EXPECT_EQ(pattern.NameOf(123456), "123456.jpg");
  EXPECT_EQ(pattern.format, ImageFormat::kJpeg);
}

TEST(ImagePattern, NumbersAsThePatternSays) {
  EXPECT_EQ(ParseImagePattern("a/b_%03d.x.PNG").NameOf(7), "b_007.x.PNG");
  EXPECT_EQ(ParseImagePattern("a/b_%03d.x.PNG").folder, "a");
  EXPECT_EQ(ParseImagePattern("a/b_%03d.x.PNG").format, ImageFormat::kPng);
  EXPECT_EQ(ParseImagePattern("%d.jpeg").NameOf(42), "42.jpeg");
  EXPECT_EQ(ParseImagePattern("%d.jpeg").folder, "");
  EXPECT_EQ(ParseImagePattern("%09d.jpg").NameOf(1), "000000001.jpg");
}

TEST(ImagePattern, LetsFoldersHaveAnyName) {
  EXPECT_EQ(ParseImagePattern("50% off/x_%02d.png").folder, "50% off");
  EXPECT_EQ(ParseImagePattern("50% off/x_%02d.png").NameOf(7), "x_07.png");
  EXPECT_EQ(ParseImagePattern("50%").folder, "50%");
  EXPECT_EQ(ParseImagePattern("%05d/").folder, "%05d/");
  const testing::TempFolder folder;
  std::filesystem::create_directory(folder / "take_%d");
  EXPECT_EQ(ParseImagePattern((folder / "take_%d").string()).folder, folder / "take_%d");
  EXPECT_EQ(ParseImagePattern((folder / "take_%d/%d.jpg").string()).folder, folder / "take_%d");
}

TEST(ImagePattern, SaysWhatTheNameOfOneImageWasPerhapsMeantAs) {
  const auto expect = [](const std::string& name, const std::string& pattern) {
    testing::ExpectError(ErrorCode::kInvalidArgument,
                         {name + ": names one image, and every frame needs its own: " + pattern},
                         [&] { ParseImagePattern(name); });
  };
  expect("x/a.jpg", "x/a_%05d.jpg");
  expect("a_001.png", "a_%03d.png");
  expect("00000000000001.png", "%09d.png");
}

TEST(ImagePattern, RefusesEverythingElse) {
  for (const char* bad :
       {"a.jpg", "%s.jpg", "%n.jpg", "%05d%d.jpg", "%%05d.jpg", "%5d.jpg", "%010d.jpg", "%00d.jpg",
        "%-5d.jpg", "%05.jpg", "%.jpg", "%05d.gif", "%d/%d.jpg", "%d/a.jpg", "a%d", "%0d.jpg",
        "%*d.png", "%ld.jpg", "%1$d.jpg"}) {
    EXPECT_THROW(ParseImagePattern(bad), Error) << bad;
  }
}

}  // namespace
}  // namespace mouthpiece
