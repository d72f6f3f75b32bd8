#include "units.h"

#include <gtest/gtest.h>

#include "mouthpiece/error.h"

namespace mouthpiece::cli {
namespace {

TEST(ParseBytes, KnowsBinaryAndDecimalUnits) {
  EXPECT_EQ(ParseBytes("2GiB"), uint64_t{2} << 30);
  EXPECT_EQ(ParseBytes("2gib"), uint64_t{2} << 30);
  EXPECT_EQ(ParseBytes("500M"), 500'000'000u);
  EXPECT_EQ(ParseBytes("1.5 GB"), 1'500'000'000u);
  EXPECT_EQ(ParseBytes("4096"), 4096u);
}

TEST(ParseBytes, RefusesWhatIsNoSize) {
  for (const char* text : {"", "GiB", "-1M", "0", "2 parsecs", "nan", "inf", "1e40", "2GiBx"}) {
    EXPECT_THROW(ParseBytes(text), Error) << text;
  }
}

TEST(ParseBitrate, CountsInThousands) {
  EXPECT_EQ(ParseBitrate("4M"), 4'000'000);
  EXPECT_EQ(ParseBitrate("800k"), 800'000);
  EXPECT_THROW(ParseBitrate("4MiB"), Error);
}

TEST(ParseFrames, IsHalfOpenAndNotEmpty) {
  EXPECT_EQ(ParseFrames("0:10").begin, 0);
  EXPECT_EQ(ParseFrames("3:10").end, 10);
  for (const char* text :
       {"", ":", "5", "5:", ":5", "5:5", "6:5", "-1:5", "1:2:3", "a:b", "0:9 "}) {
    EXPECT_THROW(ParseFrames(text), Error) << text;
  }
}

TEST(ParseShard, CountsFromZero) {
  EXPECT_EQ(ParseShard("0/1").count, 1);
  EXPECT_EQ(ParseShard("6/7").index, 6);
  for (const char* text : {"", "/", "1", "1/", "/2", "2/2", "0/0", "-1/2", "1/-2", "1/2/3", "a/b",
                           "0/2 ", " 0/2", "0/99999999999"}) {
    EXPECT_THROW(ParseShard(text), Error) << text;
  }
}

TEST(FormatBytes, KeepsThreeDigitsOrSo) {
  EXPECT_EQ(FormatBytes(12), "12 B");
  EXPECT_EQ(FormatBytes(1536), "1.50 KiB");
  EXPECT_EQ(FormatBytes(353.0 * 1024 * 1024), "353 MiB");
}

TEST(FormatDuration, AddsHoursOnlyWhenNeeded) {
  EXPECT_EQ(FormatDuration(0.4), "0:00");
  EXPECT_EQ(FormatDuration(245), "4:05");
  EXPECT_EQ(FormatDuration(3723), "1:02:03");
}

}  // namespace
}  // namespace mouthpiece::cli
