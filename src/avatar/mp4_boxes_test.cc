#include "avatar/mp4_boxes.h"

#include <gtest/gtest.h>

#include <string>

#include "support/errors.h"
#include "support/files.h"
#include "support/fixtures.h"
#include "support/package.h"

namespace mouthpiece {
namespace {

using testing::TempFolder;

std::string Box(uint32_t size, const std::string& type, size_t content) {
  std::string box;
  for (int shift = 24; shift >= 0; shift -= 8) box += static_cast<char>(size >> shift & 255);
  return box + type + std::string(content, 'x');
}

void Require(const std::string& content) {
  const TempFolder folder;
  RequireWholeMp4(folder.Write("v.mp4", content));
}

void ExpectRefused(const std::string& content, const std::string& part) {
  testing::ExpectError(ErrorCode::kBadMedia, {"v.mp4", part}, [&] { Require(content); });
}

TEST(RequireWholeMp4, AcceptsWholeFilesAndWhatFollowsThem) {
  const std::string start = Box(12, "ftyp", 4);
  EXPECT_NO_THROW(Require(start));
  EXPECT_NO_THROW(Require(start + Box(0, "mdat", 99)));
  EXPECT_NO_THROW(
      Require(start + Box(1, "mdat", 0) + std::string("\0\0\0\0\0\0\0\x14", 8) + "xxxx"));
  EXPECT_NO_THROW(Require(start + "xyz"));
  EXPECT_NO_THROW(Require(start + "other data that is longer than a box"));
}

TEST(RequireWholeMp4, RefusesEveryTruncationOfTheDrawnVideo) {
  const std::string video = testing::ReadFile(testing::DrawnPackage() / "rois_320_video.mp4");
  EXPECT_NO_THROW(Require(video));
  for (const size_t missing : {size_t{1}, size_t{2}, size_t{500}, video.size() / 2}) {
    ExpectRefused(video.substr(0, video.size() - missing), "cut short");
  }
}

TEST(RequireWholeMp4, RefusesImpossibleSizes) {
  const std::string start = Box(8, "ftyp", 0);
  ExpectRefused(start + Box(7, "mdat", 20), "at byte 8");
  ExpectRefused(start + Box(0xffffffff, "mdat", 20), "4294967295");
  ExpectRefused(start + Box(1, "mdat", 0) + std::string(8, '\xff'), "18446744073709551615");
  ExpectRefused(start + Box(1, "mdat", 0), "at byte 8");
}

TEST(RequireWholeMp4, RefusesOtherFiles) {
  ExpectRefused("", "empty");
  ExpectRefused("x", "expected an MP4 file, found 1 bytes");
  ExpectRefused("#EXTM3U\nfile:///x\n", "\"#EXTM3U?\"");
  ExpectRefused(testing::PngOfSize(3, 3), "PNG");
}

}  // namespace
}  // namespace mouthpiece
