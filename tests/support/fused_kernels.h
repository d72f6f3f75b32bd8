// Running a check with every table of kernels, and what tests of kernels compare.
#ifndef MOUTHPIECE_TESTS_SUPPORT_FUSED_KERNELS_H_
#define MOUTHPIECE_TESTS_SUPPORT_FUSED_KERNELS_H_

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <type_traits>

#include "infer/fused/buffer.h"
#include "infer/fused/highway_kernels.h"
#include "infer/fused/kernel_tables.h"
#include "infer/fused/numbers.h"
#include "support/every_target.h"

namespace mouthpiece::fused {

/// Values that a bfloat16 holds exactly, from -2 to 2.
class Random {
 public:
  explicit Random(unsigned seed) : random_(seed) {}
  float Draw() { return static_cast<float>(static_cast<int>(random_() % 129) - 64) / 32.0F; }
  int Up(int most) { return 1 + static_cast<int>(random_() % static_cast<unsigned>(most)); }
  bool Toss() { return random_() % 2 == 1; }
  template <typename T>
  Buffer<T> Fill(size_t size) {
    Buffer<T> buffer(size);
    for (size_t i = 0; i < size; ++i) buffer.data()[i] = RoundTo<T>(Draw());
    return buffer;
  }

 private:
  std::mt19937 random_;
};

/// Runs `check(table)` with every table of T that this process may use, on every target of Highway.
template <typename T, typename Check>
void WithEveryTable(Check check) {
  testing::OnEveryTarget([&] {
    for (const Kernels<T>& table : KernelTables<T>()) {
      SCOPED_TRACE(table.name);
      const KernelThread<T> ready(table);
      check(table);
    }
  });
}

/// What lies between two ways to round a sum near `value` to T: a step of it.
template <typename T>
double RoundingOf(double value);
template <>
inline double RoundingOf<float>(double value) {
  return 1e-5 * (std::abs(value) + 1e-3);
}
template <>
inline double RoundingOf<BFloat16>(double value) {
  return (std::abs(value) + 1e-3) / 128;
}
template <>
inline double RoundingOf<PairedBFloat16>(double value) {
  return RoundingOf<BFloat16>(value);
}

/// All values of two buffers, each within `tolerance(expected)`.
template <typename T, typename Tolerance>
void ExpectNear(const Buffer<T>& found, const Buffer<T>& expected, Tolerance tolerance) {
  ASSERT_EQ(found.size(), expected.size());
  for (size_t i = 0; i < found.size(); ++i) {
    const double value = ToFloat(expected.data()[i]);
    ASSERT_NEAR(ToFloat(found.data()[i]), value, tolerance(value)) << "value " << i;
  }
}

}  // namespace mouthpiece::fused

#endif  // MOUTHPIECE_TESTS_SUPPORT_FUSED_KERNELS_H_
