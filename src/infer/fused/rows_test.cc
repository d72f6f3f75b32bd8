// The passes between the products, of every table, against the reference. Those of bfloat16 need no
// instructions of their own and are tested on every machine.
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <limits>
#include <random>
#include <vector>

#include "infer/fused/reference_kernels.h"
#include "support/fused_kernels.h"

namespace mouthpiece::fused {
namespace {

/// Highway's, of which other tables take what they do not make themselves, and all tables.
template <typename T, typename Check>
void WithEveryRowKernel(Check check) {
  testing::OnEveryTarget([&] { check(HighwayKernels<T>()); });
  WithEveryTable<T>(check);
}

template <typename T>
void CheckFinish(const Kernels<T>& table, unsigned seed) {
  Random random(seed);
  const int pixels = random.Up(20);
  const int channels = PaddedChannels(random.Up(60));
  const bool relu = random.Toss();
  const bool residual = random.Toss();
  const auto values = static_cast<size_t>(pixels) * static_cast<size_t>(channels);
  const ptrdiff_t stride = ptrdiff_t{pixels + 3} * kBlockChannels;
  const Buffer<float> product = random.Fill<float>(static_cast<size_t>(stride) *
                                                   static_cast<size_t>(channels / kBlockChannels));
  const Buffer<T> added = random.Fill<T>(values);
  const auto run = [&](const Kernels<T>& kernels) {
    Buffer<T> output(values);
    kernels.finish({.product = product.data(),
                    .product_stride = stride,
                    .residual = residual ? added.data() : nullptr,
                    .relu = relu,
                    .output = output.data(),
                    .pixels = pixels,
                    .channels = channels});
    return output;
  };
  ExpectNear(run(table), run(ReferenceKernels<T>()), RoundingOf<T>);
}

template <typename T>
void CheckUpsample(void (*upsample)(const UpsampleRow<T>&), unsigned seed) {
  Random random(seed);
  const int width = random.Up(30);
  const int channels = PaddedChannels(random.Up(40));
  const float weight = static_cast<float>(random.Up(9) - 1) / 8.0F;
  const auto values = static_cast<size_t>(width) * static_cast<size_t>(channels);
  const Buffer<T> upper = random.Fill<T>(values);
  const Buffer<T> lower = random.Fill<T>(values);
  const auto run = [&](void (*slot)(const UpsampleRow<T>&)) {
    Buffer<T> output(2 * values);
    slot({.upper = upper.data(),
          .lower = lower.data(),
          .lower_weight = weight,
          .output = output.data(),
          .width = width,
          .channels = channels});
    return output;
  };
  ExpectNear(run(upsample), run(ReferenceKernels<T>().upsample),
             [](double value) { return RoundingOf<T>(value) + 1e-5; });
}

template <typename T>
void CheckInterleave(const Kernels<T>& table, int pixels) {
  const int stride = pixels + 5;
  std::vector<uint8_t> planes(static_cast<size_t>(6 * stride));
  for (size_t i = 0; i < planes.size(); ++i) planes[i] = static_cast<uint8_t>(i * 37);
  const auto run = [&](const Kernels<T>& kernels) {
    Buffer<T> output = Random(1).Fill<T>(static_cast<size_t>(pixels) * kBlockChannels);
    kernels.interleave(planes.data(), stride, pixels, output.data());
    return output;
  };
  ExpectNear(run(table), run(ReferenceKernels<T>()), [](double) { return 0.0; });
}

/// Runs `check` with every kernel of float and of bfloat16.
template <typename Check>
void WithAllRowKernels(Check check) {
  WithEveryRowKernel<float>(check);
  WithEveryRowKernel<BFloat16>(check);
  WithEveryRowKernel<PairedBFloat16>(check);
}

/// Rows of random sizes.
template <typename Check>
void CheckAll(Check check) {
  const auto check_many = [&](const auto& table) {
    for (unsigned seed = 0; seed < 100 && !::testing::Test::HasFatalFailure(); ++seed) {
      SCOPED_TRACE(seed);
      check(table, seed);
    }
  };
  WithAllRowKernels(check_many);
}

TEST(FinishedProducts, AreTheReferences) {
  CheckAll([](const auto& table, unsigned seed) { CheckFinish(table, seed); });
}

TEST(FinishedProducts, RoundToTheNearestBFloat16AndHalvesToEven) {
  const auto check = []<typename T>(const Kernels<T>& table) {
    Buffer<float> product(kBlockChannels);
    Buffer<T> output(kBlockChannels);
    const uint32_t bits[] = {0x3F800000, 0x3F807FFF, 0x3F808000,
                             0x3F808001, 0x3F818000, 0xBF818001};
    const uint16_t rounded[] = {0x3F80, 0x3F80, 0x3F80, 0x3F81, 0x3F82, 0xBF82};
    for (size_t i = 0; i < std::size(bits); ++i) product.data()[i] = std::bit_cast<float>(bits[i]);
    table.finish({.product = product.data(),
                  .product_stride = kBlockChannels,
                  .residual = nullptr,
                  .relu = false,
                  .output = output.data(),
                  .pixels = 1,
                  .channels = kBlockChannels});
    for (size_t i = 0; i < std::size(bits); ++i) EXPECT_EQ(output.data()[i].bits, rounded[i]) << i;
  };
  WithEveryRowKernel<BFloat16>(check);
  WithEveryRowKernel<PairedBFloat16>(check);
  check(ReferenceKernels<BFloat16>());
}

TEST(DoubledRows, AreTheReferences) {
  CheckAll([](const auto& table, unsigned seed) { CheckUpsample(table.upsample, seed); });
}

TEST(DoubledSums, AreTheReferences) {
  CheckAll([](const auto& table, unsigned seed) {
    if (table.double_sums != nullptr) CheckUpsample(table.double_sums, seed);
  });
}

TEST(InterleavedPictures, AreExactlyTheBytes) {
  for (const int pixels : {1, 15, 16, 17, 33, 320}) {
    WithAllRowKernels([&](const auto& table) { CheckInterleave(table, pixels); });
  }
}

void CheckPaint(void (*paint)(const float*, int, uint8_t*, ptrdiff_t)) {
  constexpr int kPixels = 37;
  constexpr int kStride = kPixels + 3;
  Buffer<float> product(kPixels * kBlockChannels);
  std::mt19937 random(4);
  std::normal_distribution<float> logit(0, 4);
  for (size_t i = 0; i < product.size(); ++i) product.data()[i] = logit(random);
  const float infinity = std::numeric_limits<float>::infinity();
  product.data()[0] = std::nanf("");
  product.data()[kBlockChannels] = infinity;
  product.data()[2 * kBlockChannels] = -infinity;
  std::vector<uint8_t> found(3 * kStride, 77);
  std::vector<uint8_t> expected = found;
  paint(product.data(), kPixels, found.data(), kStride);
  ReferenceKernels<float>().paint(product.data(), kPixels, expected.data(), kStride);
  for (size_t i = 0; i < found.size(); ++i) {
    const size_t pixel = i % kStride;
    if (found[i] == expected[i]) continue;
    // A byte's edge may lie between two ways to round.
    ASSERT_LT(pixel, size_t{kPixels}) << "beyond the row";
    const double x = product.data()[pixel * kBlockChannels + i / kStride];
    const double byte = 255.0 / (1.0 + std::exp(-x));
    ASSERT_NEAR(byte, std::max(found[i], expected[i]), 1e-4) << x;
    ASSERT_EQ(std::abs(found[i] - expected[i]), 1) << x;
  }
}

TEST(PaintedRows, AreTruncatedSigmoidsAndZeroForNan) {
  WithAllRowKernels([](const auto& table) { CheckPaint(table.paint); });
}

}  // namespace
}  // namespace mouthpiece::fused
