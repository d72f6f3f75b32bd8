#include "image/color.h"

#include <gtest/gtest.h>
#include <hwy/targets.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <random>
#include <vector>

#include "support/every_target.h"

namespace mouthpiece {
namespace {

using testing::OnEveryTarget;

Picture Constant(PixelFormat format, ColorRange range, int width, int height, uint8_t a, uint8_t b,
                 uint8_t c) {
  Picture picture(format, range, width, height);
  const uint8_t values[] = {a, b, c};
  for (int p = 0; p < 3; ++p) {
    const Plane& plane = picture.view().planes[p];
    for (int y = 0; y < plane.height; ++y) std::fill_n(plane.row(y), plane.width, values[p]);
  }
  return picture;
}

void ExpectConstant(ConstPictureView picture, uint8_t a, uint8_t b, uint8_t c) {
  const uint8_t values[] = {a, b, c};
  for (int p = 0; p < 3; ++p) {
    const ConstPlane& plane = picture.planes[p];
    for (int y = 0; y < plane.height; ++y) {
      for (int x = 0; x < plane.width; ++x) EXPECT_EQ(plane.row(y)[x], values[p]) << p;
    }
  }
}

TEST(YuvToBgr, MapsBlackAndWhite) {
  for (const ColorRange range : {ColorRange::kLimited, ColorRange::kFull}) {
    const bool limited = range == ColorRange::kLimited;
    Picture bgr(PixelFormat::kBgrPlanar, ColorRange::kFull, 5, 3);
    YuvToBgr(Constant(PixelFormat::kYuv420, range, 5, 3, limited ? 16 : 0, 128, 128).view(),
             bgr.view());
    ExpectConstant(bgr.view(), 0, 0, 0);
    YuvToBgr(Constant(PixelFormat::kYuv420, range, 5, 3, limited ? 235 : 255, 128, 128).view(),
             bgr.view());
    ExpectConstant(bgr.view(), 255, 255, 255);
  }
}

TEST(BgrToYuv, MapsPrimariesToTheirBt601Values) {
  Picture yuv(PixelFormat::kYuv420, ColorRange::kLimited, 5, 3);
  BgrToYuv(Constant(PixelFormat::kBgrPlanar, ColorRange::kFull, 5, 3, 0, 0, 255).view(),
           yuv.view());
  ExpectConstant(yuv.view(), 81, 90, 240);
  BgrToYuv(Constant(PixelFormat::kBgrPlanar, ColorRange::kFull, 5, 3, 255, 0, 0).view(),
           yuv.view());
  ExpectConstant(yuv.view(), 41, 240, 110);
}

TEST(LimitedToFull, StretchesTheNominalRangeAndClampsBeyondIt) {
  Picture full(PixelFormat::kYuv420, ColorRange::kFull, 7, 5);
  LimitedToFull(Constant(PixelFormat::kYuv420, ColorRange::kLimited, 7, 5, 16, 16, 240).view(),
                full.view());
  ExpectConstant(full.view(), 0, 1, 255);
  LimitedToFull(Constant(PixelFormat::kYuv420, ColorRange::kLimited, 7, 5, 250, 128, 5).view(),
                full.view());
  ExpectConstant(full.view(), 255, 128, 0);
}

// A picture whose rows and planes lie apart, with random bytes between and in them. The memory
// ends with the last sample, so that AddressSanitizer sees any read behind it.
struct PaddedPicture {
  PaddedPicture(PixelFormat format, ColorRange range, int width, int height, std::mt19937& random) {
    view = Picture(format, range, width, height).view();
    size_t sizes[3];
    for (int p = 0; p < 3; ++p) {
      Plane& plane = view.planes[p];
      plane.stride = plane.width + static_cast<int>(random() % 4);
      sizes[p] = static_cast<size_t>(plane.stride * (plane.height - 1) + plane.width);
    }
    bytes.resize(sizes[0] + sizes[1] + sizes[2]);
    for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random());
    view.planes[0].data = bytes.data();
    view.planes[1].data = view.planes[0].data + sizes[0];
    view.planes[2].data = view.planes[1].data + sizes[1];
  }
  PaddedPicture(const PaddedPicture&) = delete;

  std::vector<uint8_t> bytes;
  PictureView view;
};

constexpr ColorRange kRanges[] = {ColorRange::kLimited, ColorRange::kFull};
constexpr YuvMatrix kMatrices[] = {YuvMatrix::kBt601, YuvMatrix::kBt709, YuvMatrix::kFcc,
                                   YuvMatrix::kSmpte240, YuvMatrix::kBt2020};

class YuvToBgrOf : public ::testing::TestWithParam<YuvMatrix> {};

TEST_P(YuvToBgrOf, IsBitExactForEveryYuvTriple) {
  OnEveryTarget([] {
    for (const ColorRange range : kRanges) {
      // A row pair holds one V and all U twice; luma runs through all values as V goes on.
      Picture source(PixelFormat::kYuv420, range, 512, 512);
      Picture expected(PixelFormat::kBgrPlanar, ColorRange::kFull, 512, 512);
      Picture found(PixelFormat::kBgrPlanar, ColorRange::kFull, 512, 512);
      for (int y = 0; y < 256; ++y) {
        for (int x = 0; x < 256; ++x) {
          source.view().planes[1].row(y)[x] = static_cast<uint8_t>(x);
          source.view().planes[2].row(y)[x] = static_cast<uint8_t>(y);
        }
      }
      for (int first = 0; first < 256; first += 4) {
        for (int y = 0; y < 512; ++y) {
          for (int x = 0; x < 512; ++x) {
            source.view().planes[0].row(y)[x] = static_cast<uint8_t>(first + y % 2 * 2 + x % 2);
          }
        }
        YuvToBgrReference(source.view(), expected.view(), GetParam());
        YuvToBgr(source.view(), found.view(), GetParam());
        ASSERT_EQ(std::memcmp(expected.view().planes[0].data, found.view().planes[0].data,
                              expected.bytes()),
                  0)
            << "luma " << first;
      }
    }
  });
}

INSTANTIATE_TEST_SUITE_P(TwoKinds, YuvToBgrOf,
                         ::testing::Values(YuvMatrix::kBt601, YuvMatrix::kBt709));

TEST(YuvToBgr, IsBitExactAtOddSizesAndWritesNothingElse) {
  OnEveryTarget([] {
    std::mt19937 random(1);
    for (int i = 0; i < 300; ++i) {
      const int width = 1 + static_cast<int>(random() % 150);
      const int height = 1 + static_cast<int>(random() % 20);
      const YuvMatrix matrix = kMatrices[i % 5];
      const PaddedPicture source(PixelFormat::kYuv420, kRanges[i % 2], width, height, random);
      PaddedPicture target(PixelFormat::kBgrPlanar, ColorRange::kFull, width, height, random);
      std::vector<uint8_t> before = target.bytes;
      YuvToBgr(source.view, target.view, matrix);
      const std::vector<uint8_t> found = target.bytes;
      target.bytes.swap(before);
      for (int p = 0; p < 3; ++p) {
        target.view.planes[p].data =
            target.bytes.data() + (target.view.planes[p].data - before.data());
      }
      YuvToBgrReference(source.view, target.view, matrix);
      ASSERT_TRUE(found == target.bytes) << width << 'x' << height;
    }
  });
}

TEST(YuvToBgr, FollowsJfifInFullRange) {
  Picture source(PixelFormat::kYuv420, ColorRange::kFull, 1, 1);
  Picture bgr(PixelFormat::kBgrPlanar, ColorRange::kFull, 1, 1);
  for (int u = 0; u < 256; ++u) {
    for (int v = 0; v < 256; ++v) {
      const uint8_t yuv[] = {128, static_cast<uint8_t>(u), static_cast<uint8_t>(v)};
      for (int p = 0; p < 3; ++p) *source.view().planes[p].data = yuv[p];
      YuvToBgrReference(source.view(), bgr.view());
      const double exact[] = {128 + 1.772 * (u - 128),
                              128 - 0.344136 * (u - 128) - 0.714136 * (v - 128),
                              128 + 1.402 * (v - 128)};
      for (int p = 0; p < 3; ++p) {
        ASSERT_NEAR(*bgr.view().planes[p].data, std::clamp(exact[p], 0.0, 255.0), 0.51);
      }
    }
  }
}

TEST(LimitedToFull, MatchesTheReferenceForEveryValueAtOddSizesAndInPlace) {
  OnEveryTarget([] {
    std::mt19937 random(2);
    for (const int width : {1, 2, 31, 64, 255, 512, 513}) {
      Picture source(PixelFormat::kYuv420, ColorRange::kLimited, width, 5);
      for (int p = 0; p < 3; ++p) {
        const Plane& plane = source.view().planes[p];
        for (int i = 0; i < plane.width * plane.height; ++i) {
          plane.data[i] = static_cast<uint8_t>(width >= 512 ? i : static_cast<int>(random()));
        }
      }
      Picture expected(PixelFormat::kYuv420, ColorRange::kFull, width, 5);
      Picture found(PixelFormat::kYuv420, ColorRange::kFull, width, 5);
      LimitedToFullReference(source.view(), expected.view());
      LimitedToFull(source.view(), found.view());
      LimitedToFull(source.view(), source.view());
      const uint8_t* truth = expected.view().planes[0].data;
      EXPECT_EQ(std::memcmp(truth, found.view().planes[0].data, expected.bytes()), 0) << width;
      EXPECT_EQ(std::memcmp(truth, source.view().planes[0].data, expected.bytes()), 0) << width;
    }
  });
}

}  // namespace
}  // namespace mouthpiece
