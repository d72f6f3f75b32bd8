#include "sink/image_pattern.h"

#include <gtest/gtest.h>

#include "mouthpiece/error.h"

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

TEST(ImagePattern, RefusesEverythingElse) {
  for (const char* bad :
       {"a.jpg",    "%s.jpg",   "%n.jpg",  "%05d%d.jpg", "%%05d.jpg", "%5d.jpg",   "%010d.jpg",
        "%00d.jpg", "%-5d.jpg", "%05.jpg", "%.jpg",      "%05d.gif",  "%d/%d.jpg", "%d/a.jpg",
        "a%d",      "%0d.jpg",  "%*d.png", "%0",         "%ld.jpg",   "%1$d.jpg"}) {
    EXPECT_THROW(ParseImagePattern(bad), Error) << bad;
  }
}

}  // namespace
}  // namespace mouthpiece
