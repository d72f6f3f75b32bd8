#include "serve/session_table.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "serve/secret.h"
#include "serve/token_bucket.h"

namespace mouthpiece::serve {
namespace {

using std::chrono::seconds;

struct Fake {
  using Time = SessionTable<Fake>::Time;
  std::optional<Time> alone_since() const { return since; }
  std::optional<Time> since;
};

const Fake::Time kStart = Fake::Time(seconds(100));

TEST(SessionTable, FindsByName) {
  SessionTable<Fake> table(2);
  const auto one = std::make_shared<Fake>();
  EXPECT_TRUE(table.Add("one", one));
  EXPECT_EQ(table.Find("one"), one);
  EXPECT_EQ(table.Find("two"), nullptr);
  EXPECT_EQ(table.Remove("one"), one);
  EXPECT_EQ(table.Remove("one"), nullptr);
  EXPECT_EQ(table.size(), 0U);
}

TEST(SessionTable, TakesNoMoreThanItMay) {
  SessionTable<Fake> table(2);
  EXPECT_TRUE(table.Add("1", std::make_shared<Fake>()));
  EXPECT_FALSE(table.is_full());
  EXPECT_TRUE(table.Add("2", std::make_shared<Fake>()));
  EXPECT_TRUE(table.is_full());
  EXPECT_FALSE(table.Add("3", std::make_shared<Fake>()));
  table.Remove("1");
  EXPECT_TRUE(table.Add("3", std::make_shared<Fake>()));
}

TEST(SessionTable, LetsThoseGoThatWereAloneForTooLong) {
  SessionTable<Fake> table(3);
  table.Add("seen", std::make_shared<Fake>());
  table.Add("alone", std::make_shared<Fake>(Fake{kStart}));
  table.Add("just", std::make_shared<Fake>(Fake{kStart + seconds(1)}));
  EXPECT_TRUE(table.RemoveLonely(kStart + seconds(30), seconds(30)).empty());
  EXPECT_EQ(table.RemoveLonely(kStart + seconds(31), seconds(30)).size(), 1U);
  EXPECT_EQ(table.Find("alone"), nullptr);
  EXPECT_EQ(table.size(), 2U);
}

TEST(Secret, IsAnotherOneEachTime) {
  std::set<std::string> names;
  for (int i = 0; i < 100; ++i) names.insert(RandomName(16));
  EXPECT_EQ(names.size(), 100U);
  EXPECT_EQ(names.begin()->size(), 32U);
}

TEST(Secret, IsTheSameOrNot) {
  EXPECT_TRUE(IsSameSecret("abc", "abc"));
  for (const char* other : {"", "ab", "abd", "abcabc", "xbc"}) {
    EXPECT_FALSE(IsSameSecret(other, "abc")) << other;
  }
  EXPECT_FALSE(IsSameSecret("", "")) << "no secret is nobody's";
}

TEST(TokenBucket, AllowsABurstAndThenARate) {
  TokenBucket bucket(10, 3);
  int taken = 0;
  for (int i = 0; i < 10; ++i) taken += bucket.Take(kStart) ? 1 : 0;
  EXPECT_EQ(taken, 3);
  EXPECT_FALSE(bucket.Take(kStart + std::chrono::milliseconds(50)));
  EXPECT_TRUE(bucket.Take(kStart + std::chrono::milliseconds(150)));
  EXPECT_FALSE(bucket.Take(kStart + std::chrono::milliseconds(150)));
}

}  // namespace
}  // namespace mouthpiece::serve
