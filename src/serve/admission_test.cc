#include "serve/admission.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

namespace mouthpiece::serve {
namespace {

std::vector<std::unique_ptr<Admission::Grant>> AskOften(Admission& admission, double ms,
                                                        int times) {
  std::vector<std::unique_ptr<Admission::Grant>> grants;
  for (int i = 0; i < times; ++i) {
    if (auto grant = admission.Ask(ms)) grants.push_back(std::move(grant));
  }
  return grants;
}

TEST(Admission, GivesAsManyAsTheCoresCarry) {
  Admission admission(2, 0.8, false);
  // 25 frames of 16 ms are 0.4 of a core: four fill 1.6 of two.
  const auto grants = AskOften(admission, 16, 10);
  EXPECT_EQ(grants.size(), 4U);
  EXPECT_EQ(admission.promised(), 4);
  EXPECT_EQ(admission.refused(), 6);
  EXPECT_DOUBLE_EQ(admission.load(), 1);
}

TEST(Admission, TakesBackWhatIsNotNeeded) {
  Admission admission(1, 0.8, false);
  auto grants = AskOften(admission, 32, 2);
  ASSERT_EQ(grants.size(), 1U);
  grants.clear();
  EXPECT_EQ(admission.promised(), 0);
  EXPECT_EQ(admission.load(), 0);
  EXPECT_NE(admission.Ask(32), nullptr);
}

TEST(Admission, RefusesNobodyWhoIsAlone) {
  Admission admission(1, 0.8, false);
  const auto grant = admission.Ask(1000);
  EXPECT_NE(grant, nullptr);
  EXPECT_EQ(admission.Ask(0.1), nullptr);
}

TEST(Admission, RefusesNobodyWhenItMayOversubscribe) {
  Admission admission(1, 0.8, true);
  EXPECT_EQ(AskOften(admission, 100, 50).size(), 50U);
}

TEST(Admission, MayGoBeforeItsGrants) {
  std::unique_ptr<Admission::Grant> grant = Admission(1, 0.8, false).Ask(1);
  grant.reset();
}

}  // namespace
}  // namespace mouthpiece::serve
