#include "media/video_index.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "mouthpiece/error.h"
#include "support/fixtures.h"

namespace mouthpiece {
namespace {

TEST(IndexVideo, CountsFramesAndFindsKeyframes) {
  const VideoIndex index = IndexVideo(testing::DrawnPackage() / "full_body_video.mp4");
  EXPECT_EQ(index.frame_count(), 24);
  EXPECT_EQ(index.width, 426);
  EXPECT_EQ(index.height, 240);
  EXPECT_EQ(index.frame_rate, (Rational{25, 1}));
  EXPECT_EQ(index.keyframes, (std::vector<int>{0, 10, 20}));
  EXPECT_TRUE(std::is_sorted(index.times.begin(), index.times.end()));
}

TEST(IndexVideo, NamesAFileThatIsNoVideo) {
  const std::filesystem::path path =
      std::filesystem::path(::testing::TempDir()) / "not_a_video.mp4";
  std::ofstream(path) << "no video";
  try {
    IndexVideo(path);
    FAIL() << "an error was expected";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kBadMedia);
    EXPECT_NE(std::string(error.what()).find(path.string()), std::string::npos);
  }
}

}  // namespace
}  // namespace mouthpiece
