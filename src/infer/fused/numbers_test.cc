#include "infer/fused/numbers.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>

namespace mouthpiece::fused {
namespace {

/// All finite values of T that are not negative, in order: their bits are 0 to `last`.
template <typename T>
void CheckRounding(uint16_t last) {
  for (uint32_t bits = 0; bits < last; ++bits) {
    const T lower{static_cast<uint16_t>(bits)};
    const T upper{static_cast<uint16_t>(bits + 1)};
    const float low = ToFloat(lower);
    const float high = ToFloat(upper);
    ASSERT_LT(low, high) << bits;
    ASSERT_EQ(RoundTo<T>(low).bits, lower.bits);
    ASSERT_EQ(RoundTo<T>(-high).bits, upper.bits | 0x8000);
    const float middle = low + (high - low) / 2;
    const T even = bits % 2 == 0 ? lower : upper;
    ASSERT_EQ(RoundTo<T>(middle).bits, even.bits) << "half way up from " << low;
    ASSERT_EQ(RoundTo<T>(std::nextafter(middle, low)).bits, lower.bits) << low;
    ASSERT_EQ(RoundTo<T>(std::nextafter(middle, high)).bits, upper.bits) << low;
  }
}

TEST(RoundTo, TakesTheNearestBFloat16AndOfTwoTheEvenOne) { CheckRounding<BFloat16>(0x7F7F); }

TEST(RoundTo, TakesTheNearestHalfFloatAndOfTwoTheEvenOne) { CheckRounding<Half>(0x7BFF); }

TEST(RoundTo, StopsAtTheLargestHalfFloat) {
  EXPECT_EQ(ToFloat(RoundTo<Half>(65504.0F)), 65504.0F);
  EXPECT_EQ(ToFloat(RoundTo<Half>(1e9F)), 65504.0F);
  EXPECT_EQ(ToFloat(RoundTo<Half>(-1e9F)), -65504.0F);
}

TEST(RoundTo, LeavesFloatsAlone) { EXPECT_EQ(RoundTo<float>(0.1F), 0.1F); }

}  // namespace
}  // namespace mouthpiece::fused
