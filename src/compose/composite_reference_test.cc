// The reference against values worked out by hand, and against the decoder that it inverts.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "compose/compositor.h"
#include "image/color.h"

namespace mouthpiece {
namespace {

constexpr Resample kBoth[] = {Resample::kLinear, Resample::kCubic};

struct Face {
  explicit Face(FaceGeometry g)
      : geometry(g),
        ring(RingView::Bytes(g)),
        inner(size_t{3} * static_cast<size_t>(g.inner) * static_cast<size_t>(g.inner)) {}

  // Cuts ring and prediction out of a whole crop.
  static Face From(ConstPictureView crop, FaceGeometry geometry) {
    Face face(geometry);
    ExtractRing(crop, geometry, face.ring.data());
    const int margin = geometry.margin();
    auto to = face.inner.begin();
    for (const ConstPlane& plane : crop.planes) {
      for (int y = margin; y < geometry.crop - margin; ++y) {
        to = std::copy_n(plane.row(y) + margin, geometry.inner, to);
      }
    }
    return face;
  }
  static Face Constant(FaceGeometry geometry, std::array<uint8_t, 3> bgr) {
    const Picture crop(PixelFormat::kBgrPlanar, ColorRange::kFull, geometry.crop, geometry.crop);
    for (size_t c = 0; c < 3; ++c) {
      const ConstPlane& plane = crop.view().planes[c];
      std::fill_n(const_cast<uint8_t*>(plane.data), plane.width * plane.height, bgr[c]);
    }
    return From(crop.view(), geometry);
  }

  void Composite(const Rect& rect, Resample resample, PictureView frame) const {
    CompositeReference({inner.data(), nullptr}, {ring.data(), geometry}, rect, resample, frame);
  }

  FaceGeometry geometry;
  std::vector<uint8_t> ring;
  std::vector<uint8_t> inner;
};

Picture Frame(int width, int height, ColorRange range) {
  Picture frame(PixelFormat::kYuv420, range, width, height);
  std::fill_n(frame.view().planes[0].data, frame.bytes(), uint8_t{77});
  return frame;
}

TEST(CompositeReference, ShrinksToTheMeanOfTheFourMiddlePixels) {
  // A 4x4 crop of margin 1 whose middle is 10, 20, 30, 40: one pixel is bilinear halfway.
  Face face({4, 2});
  for (size_t c = 0; c < 3; ++c) {
    const uint8_t middle[] = {10, 20, 30, 40};
    std::copy_n(middle, 4, face.inner.begin() + static_cast<ptrdiff_t>(4 * c));
  }
  Picture frame = Frame(5, 5, ColorRange::kFull);
  face.Composite({3, 1, 4, 2}, Resample::kLinear, frame.view());
  EXPECT_EQ(frame.view().planes[0].row(1)[3], 25);
  EXPECT_EQ(frame.view().planes[1].row(0)[1], 128);
  EXPECT_EQ(frame.view().planes[2].row(0)[1], 128);
}

TEST(CompositeReference, TakesTheRingAtTheBorderAndThePredictionInside) {
  // At identity size every pixel keeps its place: a white ring around a black square.
  Face face({4, 2});
  std::fill(face.ring.begin(), face.ring.end(), uint8_t{255});
  Picture frame = Frame(6, 6, ColorRange::kFull);
  for (const Resample resample : kBoth) {
    face.Composite({1, 1, 5, 5}, resample, frame.view());
    for (int y = 0; y < 6; ++y) {
      for (int x = 0; x < 6; ++x) {
        const bool outside = x < 1 || x > 4 || y < 1 || y > 4;
        const bool inside = x > 1 && x < 4 && y > 1 && y < 4;
        EXPECT_EQ(frame.view().planes[0].row(y)[x], outside ? 77 : inside ? 0 : 255);
      }
    }
  }
}

TEST(CompositeReference, TakesChromaFromTheCoveredPixelsOfABlockOnly) {
  // Full range: blue is (29, 255, 107), red (76, 85, 255), half of each U 170, V 181.
  Face face({2, 2});
  const uint8_t blue_red[] = {255, 0, 255, 0, 0, 0, 0, 0, 0, 255, 0, 255};
  std::copy_n(blue_red, 12, face.inner.begin());
  Picture frame = Frame(4, 4, ColorRange::kFull);
  face.Composite({0, 0, 2, 2}, Resample::kLinear, frame.view());
  EXPECT_EQ(frame.view().planes[0].row(0)[0], 29);
  EXPECT_EQ(frame.view().planes[0].row(1)[1], 76);
  EXPECT_NEAR(frame.view().planes[1].row(0)[0], 170, 0);
  EXPECT_NEAR(frame.view().planes[2].row(0)[0], 181, 0);
  face.Composite({1, 0, 3, 2}, Resample::kLinear, frame.view());
  EXPECT_EQ(frame.view().planes[1].row(0)[0], 255);
  EXPECT_EQ(frame.view().planes[2].row(0)[0], 107);
  EXPECT_EQ(frame.view().planes[1].row(0)[1], 85);
  EXPECT_EQ(frame.view().planes[2].row(0)[1], 255);
}

TEST(CompositeReference, KeepsConstantColoursConstantAtAnySize) {
  struct Expected {
    std::array<uint8_t, 3> bgr;
    int full[3];
    int limited[3];  // 0.98 above textbook luma, see BgrToYuvFor
  };
  const Expected colours[] = {{{0, 0, 0}, {0, 128, 128}, {17, 128, 128}},
                              {{255, 255, 255}, {255, 128, 128}, {236, 128, 128}},
                              {{128, 128, 128}, {128, 128, 128}, {127, 128, 128}},
                              {{255, 0, 0}, {29, 255, 107}, {42, 240, 110}},
                              {{0, 0, 255}, {76, 85, 255}, {82, 90, 240}}};
  for (const Expected& colour : colours) {
    const Face face = Face::Constant({}, colour.bgr);
    for (const ColorRange range : {ColorRange::kFull, ColorRange::kLimited}) {
      const int* expected = range == ColorRange::kFull ? colour.full : colour.limited;
      for (const Resample resample : kBoth) {
        Compositor compositor({}, resample);
        for (const int size : {1, 2, 7, 40, 182, 400}) {
          for (const bool fast : {false, true}) {
            Picture frame = Frame(size + 2, size + 2, range);
            const Rect rect{1, 1, size + 1, size + 1};
            if (fast) {
              compositor.Composite({face.inner.data(), nullptr}, {face.ring.data(), {}}, rect,
                                   frame.view());
            } else {
              face.Composite(rect, resample, frame.view());
            }
            for (int p = 0; p < 3; ++p) {
              const Plane& plane = frame.view().planes[p];
              const int begin = p == 0 ? 1 : 0;
              const int end = p == 0 ? size + 1 : size / 2 + 1;
              for (int y = begin; y < end; ++y) {
                const auto wrong =
                    std::count_if(plane.row(y) + begin, plane.row(y) + end,
                                  [&](uint8_t sample) { return sample != expected[p]; });
                ASSERT_EQ(wrong, 0) << "plane " << p << " size " << size << " fast " << fast;
              }
            }
          }
        }
      }
    }
  }
}

TEST(CompositeReference, GivesBackTheDecodedSourceWithinOne) {
  // Colours that decoding does not clamp, chroma constant within each block as 4:2:0 has it.
  std::mt19937 random(1);
  Picture source(PixelFormat::kYuv420, ColorRange::kLimited, 328, 328);
  const auto fill = [&](const Plane& plane, int low, int high) {
    std::uniform_int_distribution<> value(low, high);
    for (int i = 0; i < plane.width * plane.height; ++i) {
      plane.data[i] = static_cast<uint8_t>(value(random));
    }
  };
  fill(source.view().planes[0], 90, 160);
  fill(source.view().planes[1], 108, 148);
  fill(source.view().planes[2], 108, 148);
  Picture bgr(PixelFormat::kBgrPlanar, ColorRange::kFull, 328, 328);
  YuvToBgr(source.view(), bgr.view());
  const Face face = Face::From(bgr.view(), {});
  for (const Resample resample : kBoth) {
    Picture frame = Frame(328, 328, ColorRange::kLimited);
    face.Composite({0, 0, 328, 328}, resample, frame.view());
    for (int p = 0; p < 3; ++p) {
      const Plane& expected = source.view().planes[p];
      const Plane& found = frame.view().planes[p];
      int exact = 0;
      const int count = expected.width * expected.height;
      for (int i = 0; i < count; ++i) {
        ASSERT_LE(std::abs(expected.data[i] - found.data[i]), 1) << "plane " << p;
        exact += expected.data[i] == found.data[i];
      }
      EXPECT_GT(exact, (p == 0 ? 0.7 : 0.95) * count) << "plane " << p;
    }
  }
}

TEST(CompositeReference, TruncatesFloatPredictionsAndTakesNotANumberAsZero) {
  const FaceGeometry geometry{8, 8};
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float infinity = std::numeric_limits<float>::infinity();
  const float values[] = {nan, -1, -infinity, 0.999F / 255, 1.001F / 255, 254.99F / 255,
                          1,   7,  infinity,  1e30F,        100.5F / 255};
  const int expected[] = {0, 0, 0, 0, 1, 254, 255, 255, 255, 255, 100};
  std::vector<float> prediction(3 * 64);
  for (size_t i = 0; i < prediction.size(); ++i) prediction[i] = values[i % 64 % 11];
  const RingView ring{nullptr, geometry};
  Compositor compositor(geometry, Resample::kLinear);
  for (const bool fast : {false, true}) {
    Picture frame = Frame(8, 8, ColorRange::kFull);
    if (fast) {
      compositor.Composite({nullptr, prediction.data()}, ring, {0, 0, 8, 8}, frame.view());
    } else {
      CompositeReference({nullptr, prediction.data()}, ring, {0, 0, 8, 8}, Resample::kLinear,
                         frame.view());
    }
    for (int i = 0; i < 64; ++i) {
      EXPECT_EQ(frame.view().planes[0].data[i], expected[i % 11]) << "at " << i;
    }
  }
}

}  // namespace
}  // namespace mouthpiece
