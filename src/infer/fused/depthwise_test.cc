// Depthwise rows of every table against the reference.
#include <gtest/gtest.h>

#include <algorithm>

#include "infer/fused/reference_kernels.h"
#include "support/fused_kernels.h"

namespace mouthpiece::fused {
namespace {

template <typename T>
void CheckDepthwise(const Kernels<T>& table, unsigned seed, int stride) {
  using Wide = typename Layout<T>::Wide;
  constexpr int kBlock = Layout<T>::kWideChannels;
  Random random(seed);
  const int width = random.Up(40);
  const int output_width = (width - 1) / stride + 1;
  const auto values = static_cast<size_t>(width) * kBlock;
  const Buffer<Wide> rows = random.Fill<Wide>(3 * values);
  const Buffer<Wide> weights = random.Fill<Wide>(9 * kBlock);
  const Buffer<Wide> bias = random.Fill<Wide>(kBlock);
  const int channels = random.Up(kBlock);
  constexpr int kStride = kDepthChannels + 3;  // what follows a pixel stays as it was
  const auto run = [&](const Kernels<T>& kernels) {
    Buffer<T> output(static_cast<size_t>(output_width) * kStride);
    kernels.depthwise({.rows = {rows.data(), rows.data() + values, rows.data() + 2 * values},
                       .width = width,
                       .output_width = output_width,
                       .stride = stride,
                       .channels = channels,
                       .weights = weights.data(),
                       .bias = bias.data(),
                       .output = output.data(),
                       .output_stride = kStride});
    for (int x = 0; x < output_width; ++x) {  // of no channel
      T* pixel = output.data() + ptrdiff_t{x} * kStride;
      std::fill(pixel + channels, pixel + kBlock, T{});
    }
    return output;
  };
  // Half floats sum with eleven bits.
  const double sums = std::is_same_v<Wide, Half> ? 0.02 : 0.0;
  ExpectNear(run(table), run(ReferenceKernels<T>()),
             [&](double value) { return RoundingOf<T>(value) + sums; });
}

template <typename T>
void CheckManyRows() {
  WithEveryTable<T>([](const Kernels<T>& table) {
    for (unsigned seed = 0; seed < 200; ++seed) {
      for (const int stride : {1, 2}) {
        SCOPED_TRACE(::testing::Message() << "seed " << seed << " stride " << stride);
        CheckDepthwise<T>(table, seed, stride);
        if (::testing::Test::HasFatalFailure()) return;
      }
    }
  });
}

TEST(DepthwiseRows, OfFloatsAreTheReferencesAtAnyWidth) { CheckManyRows<float>(); }

TEST(DepthwiseRows, OfBFloat16AreTheReferencesAtAnyWidth) {
  if (!HasBFloat16Kernels()) GTEST_SKIP() << "this CPU has no products of bfloat16";
  CheckManyRows<BFloat16>();
  CheckManyRows<PairedBFloat16>();
}

/// A depthwise convolution that hands its input on: one pixel, the tap in the middle is 1.
template <typename T>
float HandOn(const Kernels<T>& table, float value) {
  using Wide = typename Layout<T>::Wide;
  Buffer<Wide> rows(3 * kDepthChannels);
  Buffer<Wide> weights(9 * kDepthChannels);
  Buffer<Wide> bias(kDepthChannels);
  Buffer<T> output(kDepthChannels);
  rows.data()[kDepthChannels] = RoundTo<Wide>(value);
  weights.data()[4 * kDepthChannels] = RoundTo<Wide>(1.0F);
  table.depthwise(
      {.rows = {rows.data(), rows.data() + kDepthChannels, rows.data() + 2 * kDepthChannels},
       .width = 1,
       .output_width = 1,
       .stride = 1,
       .weights = weights.data(),
       .bias = bias.data(),
       .output = output.data(),
       .output_stride = kDepthChannels});
  return ToFloat(output.data()[0]);
}

template <typename T>
void CheckHandedOn(const Kernels<T>& table) {
  EXPECT_EQ(HandOn(table, 0.0F), 0.0F);
  EXPECT_EQ(HandOn(table, -3.0F), 0.0F);
  EXPECT_EQ(HandOn(table, 1.0F), 1.0F);
  EXPECT_EQ(HandOn(table, 0x1p-14F), 0x1p-14F);  // the least normal half float
  EXPECT_EQ(HandOn(table, 65504.0F), 65536.0F);  // the largest, rounded to eight bits
  EXPECT_EQ(HandOn(table, 1.0F + 0x1p-9F), 1.0F);
}

TEST(DepthwiseRows, TurnWidenedValuesIntoBFloat16) {
  if (!HasBFloat16Kernels()) GTEST_SKIP() << "this CPU has no products of bfloat16";
  WithEveryTable<BFloat16>(CheckHandedOn<BFloat16>);
  WithEveryTable<PairedBFloat16>(CheckHandedOn<PairedBFloat16>);
}

TEST(DepthwiseRows, OfTheReferenceTurnWidenedValuesIntoBFloat16) {
  CheckHandedOn(ReferenceKernels<BFloat16>());
  CheckHandedOn(ReferenceKernels<PairedBFloat16>());
}

}  // namespace
}  // namespace mouthpiece::fused
