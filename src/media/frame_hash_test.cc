#include "media/frame_hash.h"

#include <gtest/gtest.h>

#include <array>

namespace mouthpiece {
namespace {

// The values come from Python: hashlib.md5(bytes(...)).hexdigest().
TEST(FrameMd5, IsTheMd5OfThePlanesBytes) {
  Picture picture(PixelFormat::kYuv420, ColorRange::kLimited, 5, 3);
  uint8_t value = 0;
  for (const Plane& plane : picture.view().planes) {
    for (int y = 0; y < plane.height; ++y) {
      for (int x = 0; x < plane.width; ++x) plane.row(y)[x] = value++;
    }
  }
  // md5(bytes(range(15 + 6 + 6)))
  EXPECT_EQ(FrameMd5(picture.view()), "b0ae6708c5e1be10668f57d3916cf423");
}

TEST(FrameMd5, LeavesOutThePaddingOfRows) {
  std::array<uint8_t, 12> luma{1, 2, 99, 98, 3, 4, 97, 96};
  std::array<uint8_t, 3> chroma{5, 6, 95};
  PictureView picture;
  picture.planes[0] = {luma.data(), 4, 2, 2};
  picture.planes[1] = {chroma.data(), 2, 1, 1};
  picture.planes[2] = {chroma.data() + 1, 2, 1, 1};
  // md5(bytes([1, 2, 3, 4, 5, 6]))
  EXPECT_EQ(FrameMd5(picture), "6ac1e56bc78f031059be7be854522c4c");
}

}  // namespace
}  // namespace mouthpiece
