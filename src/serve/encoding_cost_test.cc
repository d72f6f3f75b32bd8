#include "serve/encoding_cost.h"

#include <gtest/gtest.h>

namespace mouthpiece::serve {
namespace {

using std::chrono::microseconds;

TEST(EncodingCost, IsTheMeanOfTheLatest) {
  EncodingCost cost;
  EXPECT_EQ(cost.ms(), 0);
  cost.Add(microseconds(1000));
  cost.Add(microseconds(4000));
  EXPECT_DOUBLE_EQ(cost.ms(), 2.5);
  for (size_t i = 0; i < EncodingCost::kLatest; ++i) cost.Add(microseconds(3250));
  EXPECT_DOUBLE_EQ(cost.ms(), 3.25);
}

}  // namespace
}  // namespace mouthpiece::serve
