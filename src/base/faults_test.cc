#include "base/faults.h"

#include <gtest/gtest.h>

namespace mouthpiece {
namespace {

void Refuse(const char* message) { throw Error(ErrorCode::kBadMedia, message); }

TEST(ListOf, NamesAFewAndCountsTheRest) {
  const std::vector<std::string> names = {"3", "7", "12", "20"};
  const std::span<const std::string> all(names);
  EXPECT_EQ(ListOf(all.first(0)), "");
  EXPECT_EQ(ListOf(all.first(1)), "3");
  EXPECT_EQ(ListOf(all.first(2)), "3 and 7");
  EXPECT_EQ(ListOf(all), "3, 7, 12 and 20");
  EXPECT_EQ(ListOf(all, 3), "3, 7, 12 and 1 more");
}

TEST(Faults, AreToldOfAtOnce) {
  Faults faults;
  EXPECT_TRUE(faults.Try("a", [] {}));
  faults.ThrowIfAny();
  EXPECT_FALSE(faults.Try("b", [] { Refuse("b: is wrong"); }));
  EXPECT_FALSE(faults.Try("c", [] { Refuse("c: is missing"); }));
  EXPECT_FALSE(faults.Try("c", [] { Refuse("c: is twice"); }));
  EXPECT_FALSE(faults.Try("d", [] { Refuse("d: is late"); }));
  try {
    faults.ThrowIfAny();
    FAIL() << "an error was expected";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kBadMedia);
    EXPECT_STREQ(error.what(), "b: is wrong; also at fault: c and d");
  }
  try {
    faults.ThrowIfAny("frame");
    FAIL() << "an error was expected";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "b: is wrong; also at fault: frames c and d");
  }
}

}  // namespace
}  // namespace mouthpiece
