#include "compose/matte.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <random>
#include <vector>

#include "support/errors.h"
#include "support/every_target.h"

namespace mouthpiece {
namespace {

constexpr std::array<uint8_t, 3> kGreen = {0, 255, 0};

/// Samples of one plane, with a stride of its own.
class Samples {
 public:
  Samples(int width, int height, int padding = 3)
      : bytes_(static_cast<size_t>((width + padding) * height)),
        plane_{bytes_.data(), width + padding, width, height} {}
  Samples(int width, int height, std::mt19937& random) : Samples(width, height) {
    std::ranges::generate(bytes_, [&] { return static_cast<uint8_t>(random()); });
  }

  Plane plane() const { return plane_; }
  const std::vector<uint8_t>& bytes() const { return bytes_; }
  void Fill(uint8_t value) { std::ranges::fill(bytes_, value); }

 private:
  std::vector<uint8_t> bytes_;
  Plane plane_;
};

constexpr std::pair<int, int> kSizes[] = {{1, 1},  {2, 3},   {15, 2}, {16, 5},
                                          {33, 7}, {64, 64}, {67, 1}, {203, 41}};

TEST(Matte, EveryKernelKeysAsTheReferenceDoes) {
  std::mt19937 random(1);
  for (const auto& [width, height] : kSizes) {
    const Samples u(width, height, random);
    const Samples v(width, height, random);
    for (const auto& rgb : {kGreen, {0, 0, 255}, {40, 160, 60}, {250, 10, 240}}) {
      for (const double similarity : {0.05, 0.7, 1.0}) {
        const ChromaKey key = MakeChromaKey(rgb, similarity, YuvMatrix::kBt709, ColorRange::kFull);
        Samples expected[3] = {{width, height}, {width, height}, {width, height}};
        KeyChromaReference(u.plane(), v.plane(), key, expected[0].plane(), expected[1].plane(),
                           expected[2].plane());
        testing::OnEveryTarget([&] {
          Samples found[3] = {{width, height}, {width, height}, {width, height}};
          KeyChroma(u.plane(), v.plane(), key, found[0].plane(), found[1].plane(),
                    found[2].plane());
          for (int p = 0; p < 3; ++p) {
            EXPECT_TRUE(found[p].bytes() == expected[p].bytes()) << width << "x" << height;
          }
        });
      }
    }
  }
}

TEST(Matte, EveryKernelDoublesAlphaAsTheReferenceDoes) {
  std::mt19937 random(2);
  for (const auto& [width, height] : kSizes) {
    const Samples half((width + 1) / 2, (height + 1) / 2, random);
    Samples expected(width, height);
    DoubleAlphaReference(half.plane(), expected.plane());
    testing::OnEveryTarget([&] {
      Samples found(width, height);
      DoubleAlpha(half.plane(), found.plane());
      EXPECT_TRUE(found.bytes() == expected.bytes()) << width << "x" << height;
    });
  }
}

TEST(Matte, EveryKernelBlendsWithinALevelOfRealNumbers) {
  std::mt19937 random(3);
  for (const auto& [width, height] : kSizes) {
    const Samples front(width, height, random);
    const Samples alpha(width, height, random);
    const Samples back(width, height, random);
    Samples expected(width, height);
    BlendReference(front.plane(), alpha.plane(), back.plane(), expected.plane());
    testing::OnEveryTarget([&] {
      Samples found(width, height);
      Blend(front.plane(), alpha.plane(), back.plane(), found.plane());
      for (size_t i = 0; i < found.bytes().size(); ++i) {
        ASSERT_LE(std::abs(found.bytes()[i] - expected.bytes()[i]), 1) << width << "x" << height;
      }
    });
  }
}

TEST(Matte, OpaqueAndTransparentAreExact) {
  std::mt19937 random(4);
  const Samples front(50, 9, random);
  const Samples back(50, 9, random);
  Samples alpha(50, 9);
  Samples found(50, 9);
  const auto same = [](const Samples& a, const Samples& b) {
    for (int y = 0; y < 9; ++y) {
      if (!std::equal(a.plane().row(y), a.plane().row(y) + 50, b.plane().row(y))) return false;
    }
    return true;
  };
  alpha.Fill(255);
  Blend(front.plane(), alpha.plane(), back.plane(), found.plane());
  EXPECT_TRUE(same(found, front));
  alpha.Fill(0);
  Blend(front.plane(), alpha.plane(), back.plane(), found.plane());
  EXPECT_TRUE(same(found, back));
}

/// How opaque green's key leaves a colour, and the colour that is left.
struct Keyed {
  int alpha;
  int u, v;
};
Keyed KeyedColor(const std::array<uint8_t, 3>& rgb, double similarity = 0.7) {
  const YuvMatrix matrix = YuvMatrix::kBt601;
  std::array<uint8_t, 3> yuv = CodesOf(rgb, matrix, ColorRange::kLimited);
  uint8_t alpha = 0;
  KeyChroma({&yuv[1], 1, 1, 1}, {&yuv[2], 1, 1, 1},
            MakeChromaKey(kGreen, similarity, matrix, ColorRange::kLimited), {&yuv[1], 1, 1, 1},
            {&yuv[2], 1, 1, 1}, {&alpha, 1, 1, 1});
  return {alpha, yuv[1], yuv[2]};
}

TEST(Matte, GreenScreensAreKeyedInAnyLightAndFacesAreNot) {
  struct Row {
    std::array<uint8_t, 3> rgb;
    int least, most;
    const char* what;
  };
  for (const Row& row :
       {Row{{0, 255, 0}, 0, 0, "the key"}, Row{{0, 177, 64}, 0, 0, "a chroma green"},
        Row{{40, 150, 60}, 0, 0, "a screen in the studio"}, Row{{20, 90, 30}, 0, 120, "its shadow"},
        Row{{224, 172, 140}, 255, 255, "light skin"}, Row{{90, 56, 37}, 255, 255, "dark skin"},
        Row{{180, 60, 70}, 255, 255, "lips"}, Row{{128, 128, 128}, 255, 255, "grey"},
        Row{{250, 250, 250}, 255, 255, "teeth"}, Row{{10, 12, 10}, 255, 255, "hair"},
        Row{{60, 90, 200}, 255, 255, "a blue shirt"}, Row{{250, 220, 40}, 255, 255, "a yellow one"},
        Row{{150, 170, 150}, 200, 255, "grey in the screen's light"}}) {
    const int alpha = KeyedColor(row.rgb).alpha;
    EXPECT_GE(alpha, row.least) << row.what;
    EXPECT_LE(alpha, row.most) << row.what;
  }
}

TEST(Matte, TheScreensLightIsTakenOut) {
  const Keyed gray = KeyedColor({150, 170, 150});
  EXPECT_NEAR(gray.u, 128, 2);
  EXPECT_NEAR(gray.v, 128, 2);
  const std::array<uint8_t, 3> skin =
      CodesOf({224, 172, 140}, YuvMatrix::kBt601, ColorRange::kLimited);
  const Keyed kept = KeyedColor({224, 172, 140});
  EXPECT_EQ(kept.u, skin[1]);
  EXPECT_EQ(kept.v, skin[2]);
}

TEST(Matte, MoreSimilarityTakesMore) {
  int before = 256;
  for (const double similarity : {0.3, 0.5, 0.7, 0.9}) {
    const int alpha = KeyedColor({90, 150, 90}, similarity).alpha;
    EXPECT_LE(alpha, before) << similarity;
    before = alpha;
  }
  EXPECT_EQ(KeyedColor({90, 150, 90}, 0.02).alpha, 255);
  EXPECT_EQ(KeyedColor({90, 150, 90}, 0.95).alpha, 0);
}

TEST(Matte, GreyIsNoKey) {
  testing::ExpectError(
      ErrorCode::kInvalidArgument, {"key-out: expected a colour that is no grey"}, [] {
        MakeChromaKey({120, 124, 120}, 0.5, YuvMatrix::kBt601, ColorRange::kLimited);
      });
}

TEST(Matte, AlphaOfABlockIsTheMeanOfItsPixels) {
  std::mt19937 random(6);
  for (const auto& [width, height] : kSizes) {
    const Samples full(width, height, random);
    Samples half((width + 1) / 2, (height + 1) / 2);
    HalveAlpha(full.plane(), half.plane());
    for (int y = 0; y < half.plane().height; ++y) {
      for (int x = 0; x < half.plane().width; ++x) {
        double sum = 0;
        int count = 0;
        for (int j = 2 * y; j < std::min(2 * y + 2, height); ++j) {
          for (int i = 2 * x; i < std::min(2 * x + 2, width); ++i, ++count) {
            sum += full.plane().row(j)[i];
          }
        }
        EXPECT_NEAR(half.plane().row(y)[x], sum / count, 0.5001) << x << "," << y;
      }
    }
  }
}

}  // namespace
}  // namespace mouthpiece
