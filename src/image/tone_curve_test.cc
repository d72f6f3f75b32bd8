#include "image/tone_curve.h"

#include <gtest/gtest.h>

namespace mouthpiece {
namespace {

TEST(MapLuma, KeepsBlackAndPeakAndRises) {
  for (const DynamicRange range : {DynamicRange::kHlg, DynamicRange::kPq}) {
    EXPECT_NEAR(MapLuma(range, 0), 0, 1e-3);
    EXPECT_NEAR(MapLuma(range, 1), 1, 1e-3);
    for (int code = 1; code <= 255; ++code) {
      EXPECT_GE(MapLuma(range, code / 255.0), MapLuma(range, (code - 1) / 255.0)) << code;
    }
  }
}

TEST(MapLuma, ShowsReferenceWhiteBrightlyInBoth) {
  // 203 cd/m2 are 75 % of HLG and 58 % of PQ (BT.2408): the same light, so the same code.
  const double hlg = MapLuma(DynamicRange::kHlg, 0.75);
  EXPECT_NEAR(hlg, 0.85, 0.01);
  EXPECT_NEAR(MapLuma(DynamicRange::kPq, 0.58), hlg, 0.01);
}

TEST(MakeCodeTables, RoundsTenBitsAndKeepsTheLimits) {
  const CodeTables limited = MakeCodeTables(DynamicRange::kStandard, 10, ColorRange::kLimited);
  ASSERT_EQ(limited.luma.size(), 1024U);
  for (int code = 0; code < 1024; ++code) {
    const int expected = std::min((code + 2) / 4, 255);
    EXPECT_EQ(limited.luma[static_cast<size_t>(code)], expected) << code;
    EXPECT_EQ(limited.chroma[static_cast<size_t>(code)], expected) << code;
  }
  const CodeTables full = MakeCodeTables(DynamicRange::kStandard, 10, ColorRange::kFull);
  for (int code = 0; code < 1024; ++code) {
    EXPECT_EQ(full.luma[static_cast<size_t>(code)], (code * 255 * 2 + 1023) / 2046) << code;
  }
  EXPECT_EQ(full.chroma[512], 128);
  EXPECT_EQ(full.chroma[1023], 255);
}

TEST(MakeCodeTables, ChangesNothingOfEightBits) {
  for (const ColorRange range : {ColorRange::kLimited, ColorRange::kFull}) {
    const CodeTables tables = MakeCodeTables(DynamicRange::kStandard, 8, range);
    for (size_t code = 0; code < 256; ++code) {
      EXPECT_EQ(tables.luma[code], code);
      EXPECT_EQ(tables.chroma[code], code);
    }
  }
}

TEST(MakeCodeTables, MapsHighRangeWithinItsLimits) {
  for (const DynamicRange from : {DynamicRange::kHlg, DynamicRange::kPq}) {
    const CodeTables tables = MakeCodeTables(from, 10, ColorRange::kLimited);
    EXPECT_EQ(tables.luma[64], 16);
    EXPECT_EQ(tables.luma[940], 235);
    EXPECT_EQ(tables.chroma[512], 128);
    EXPECT_GT(tables.chroma[600], 150);  // more colour, as there is more light
  }
}

}  // namespace
}  // namespace mouthpiece
