// Each kernel against its formula in double precision, on every instruction set of the machine.
#include "infer/fused/kernels.h"

#include <gtest/gtest.h>
#include <hwy/targets.h>

#include <bit>
#include <cmath>
#include <limits>
#include <random>
#include <type_traits>
#include <vector>

#include "infer/fused/amx.h"
#include "infer/fused/packed_plan.h"
#include "support/every_target.h"

namespace mouthpiece::fused {
namespace {

using testing::OnEveryTarget;

float Value(float value) { return value; }
float Value(Half value) {
  const int exponent = value.bits >> 10 & 31;
  const auto mantissa = static_cast<float>(value.bits & 0x3FF);
  const float magnitude =
      exponent == 0 ? std::ldexp(mantissa, -24) : std::ldexp(mantissa + 1024.0F, exponent - 25);
  return (value.bits & 0x8000) != 0 ? -magnitude : magnitude;
}
float Value(BFloat16 value) { return std::bit_cast<float>(uint32_t{value.bits} << 16); }

void Set(float value, float& to) { to = value; }
void Set(float value, BFloat16& to) {  // exact for the values that the tests draw
  to.bits = static_cast<uint16_t>(std::bit_cast<uint32_t>(value) >> 16);
}

void Set(float value, Half& to) {  // likewise
  if (value == 0) {
    to.bits = 0;
    return;
  }
  const auto bits = std::bit_cast<uint32_t>(value);
  to.bits = static_cast<uint16_t>((bits >> 16 & 0x8000) |
                                  (((bits & 0x7FFFFFFF) - (uint32_t{112} << 23)) >> 13));
}

/// What rounding to T may change in `value`.
template <typename T>
double Rounding(double value) {
  return (std::is_same_v<T, float> ? 1e-5 : 1.0 / 256) * (std::abs(value) + 1e-3);
}

/// Values that a bfloat16 holds exactly, from -2 to 2.
class Random {
 public:
  explicit Random(unsigned seed) : random_(seed) {}
  float Draw() { return static_cast<float>(static_cast<int>(random_() % 129) - 64) / 32.0F; }
  int Up(int most) { return 1 + static_cast<int>(random_() % static_cast<unsigned>(most)); }
  template <typename T>
  Buffer<T> Fill(size_t size) {
    Buffer<T> buffer(size);
    for (size_t i = 0; i < size; ++i) Set(Draw(), buffer.data()[i]);
    return buffer;
  }

 private:
  std::mt19937 random_;
};

template <typename T>
Kernels<T> KernelsOf();
template <>
Kernels<float> KernelsOf<float>() {
  return FloatKernels();
}
template <>
Kernels<BFloat16> KernelsOf<BFloat16>() {
  return HasAmx() ? AmxKernels() : BFloat16Kernels();
}

size_t Padded(int channels) { return static_cast<size_t>(PaddedChannels(channels)); }

/// A product of random sizes, one or two sources, blocked or not, against the sum in double; of
/// floats also on top of what was there, which may be all.
template <typename T, typename Result>
void CheckProduct(unsigned seed, void (*multiply)(const Product<T, Result>&)) {
  constexpr int kBlock = std::is_same_v<Result, Half> ? kDepthChannels : kBlockChannels;
  constexpr bool kRelu = std::is_same_v<Result, Half>;
  Random random(seed);
  const int pixels = random.Up(70);
  const int outputs = random.Up(70);
  const bool accumulate = std::is_same_v<T, float> && random.Up(2) == 1;
  const int source_count = accumulate ? random.Up(3) - 1 : random.Up(2);
  std::vector<int> depths;
  for (int s = 0; s < source_count; ++s) depths.push_back(random.Up(80));
  std::vector<std::vector<float>> weights(static_cast<size_t>(outputs));
  for (auto& row : weights) {
    row.resize(200);
    for (float& value : row) value = random.Draw();
  }
  std::vector<float> bias(static_cast<size_t>(outputs));
  for (float& value : bias) value = random.Draw();
  const auto weight = [&](int n, int s, int c) {
    return weights[static_cast<size_t>(n)][static_cast<size_t>(s * 100 + c)];
  };
  const PackedProduct<T> packed = PackProduct<T>(bias, depths, kBlock, weight);

  Product<T, Result> product{.sources = {},
                             .source_count = source_count,
                             .weights = packed.weights.data(),
                             .bias = packed.bias.data(),
                             .pixels = pixels,
                             .outputs = packed.outputs,
                             .relu = kRelu,
                             .accumulate = accumulate,
                             .result = nullptr,
                             .result_stride = (pixels + 16) * kBlock};
  std::vector<Buffer<T>> operands;
  for (const int depth : depths) {
    // Pixel after pixel, or block after block as a depthwise convolution leaves it.
    const bool blocked = random.Up(2) == 1;
    const auto stride = static_cast<ptrdiff_t>(blocked ? kDepthChannels : Padded(depth));
    const ptrdiff_t block = blocked ? ptrdiff_t{pixels + 16} * kDepthChannels : kDepthChannels;
    operands.push_back(random.Fill<T>(static_cast<size_t>(pixels + 16) * (Padded(depth) + 32)));
    product.sources[operands.size() - 1] = {operands.back().data(), stride, block,
                                            static_cast<int>(Padded(depth))};
  }
  const size_t results = static_cast<size_t>(packed.outputs) * static_cast<size_t>(pixels + 16);
  const Buffer<Result> before = random.Fill<Result>(results);
  Buffer<Result> result(results);
  std::copy_n(before.data(), results, result.data());
  product.result = result.data();
  multiply(product);

  for (int p = 0; p < pixels; ++p) {
    for (int n = 0; n < outputs; ++n) {
      const ptrdiff_t place = n / kBlock * product.result_stride + p * kBlock + n % kBlock;
      double expected =
          accumulate ? double{Value(before.data()[place])} : bias[static_cast<size_t>(n)];
      for (int s = 0; s < source_count; ++s) {
        const Operand<T>& source = product.sources[s];
        for (int c = 0; c < depths[static_cast<size_t>(s)]; ++c) {
          expected += double{weight(n, s, c)} *
                      double{Value(source.data[c / kDepthChannels * source.block_stride +
                                               p * source.pixel_stride + c % kDepthChannels])};
        }
      }
      if (kRelu) expected = std::max(expected, 0.0);
      const float found = Value(result.data()[place]);
      const double rounding = std::is_same_v<Result, Half> ? 1.0 / 2048 : 1e-4;
      ASSERT_NEAR(found, expected, rounding * (std::abs(expected) + 1))
          << "seed " << seed << " pixel " << p << " output " << n;
    }
  }
}

TEST(Kernels, MultiplyFloatsOfAnySize) {
  OnEveryTarget([] {
    for (unsigned seed = 0; seed < 200; ++seed) {
      CheckProduct(seed, FloatKernels().multiply);
    }
  });
}

TEST(AmxKernels, MultiplyBFloat16OfAnySize) {
  if (!HasAmx()) GTEST_SKIP() << "this CPU has no AMX";
  const AmxTiles tiles;
  for (unsigned seed = 0; seed < 500; ++seed) {
    CheckProduct(seed, AmxKernels().multiply);
    CheckProduct(seed, AmxKernels().expand);
  }
}

template <typename T>
void CheckDepthwise(unsigned seed, int stride) {
  using Wide = typename Expanded<T>::Value;
  constexpr int kBlock = Expanded<T>::kChannels;
  Random random(seed);
  const int width = random.Up(40);
  const int output_width = (width - 1) / stride + 1;
  const auto values = static_cast<size_t>(width) * kBlock;
  const Buffer<Wide> rows = random.Fill<Wide>(3 * values);
  const Buffer<Wide> weights = random.Fill<Wide>(9 * kBlock);
  const Buffer<Wide> bias = random.Fill<Wide>(kBlock);
  constexpr int kStride = kDepthChannels + 3;  // what follows a pixel stays as it was
  Buffer<T> output(static_cast<size_t>(output_width) * kStride);
  KernelsOf<T>().depthwise({.rows = {rows.data(), rows.data() + values, rows.data() + 2 * values},
                            .width = width,
                            .output_width = output_width,
                            .stride = stride,
                            .weights = weights.data(),
                            .bias = bias.data(),
                            .output = output.data(),
                            .output_stride = kStride});
  for (int x = 0; x < output_width; ++x) {
    for (int c = 0; c < kBlock; ++c) {
      double expected = Value(bias.data()[c]);
      for (int tap = 0; tap < 9; ++tap) {
        const int column = x * stride + tap % 3 - 1;
        if (column < 0 || column >= width) continue;
        expected += double{Value(rows.data()[static_cast<size_t>(tap / 3) * values +
                                             static_cast<size_t>(column * kBlock + c)])} *
                    double{Value(weights.data()[tap * kBlock + c])};
      }
      expected = std::max(expected, 0.0);
      // Half floats sum with eleven bits.
      const double rounding = Rounding<T>(expected) + (std::is_same_v<T, float> ? 0.0 : 0.02);
      ASSERT_NEAR(Value(output.data()[x * kStride + c]), expected, rounding)
          << "seed " << seed << " x " << x << " channel " << c;
    }
    for (int c = kBlock; c < kStride; ++c) {
      ASSERT_EQ(Value(output.data()[x * kStride + c]), 0) << "not its block";
    }
  }
}

TEST(Kernels, FilterRowsOfAnyWidth) {
  OnEveryTarget([] {
    for (unsigned seed = 0; seed < 100; ++seed) {
      for (const int stride : {1, 2}) CheckDepthwise<float>(seed, stride);
    }
  });
}

TEST(AmxKernels, FilterRowsOfAnyWidth) {
  if (!HasAmx()) GTEST_SKIP() << "this CPU has no AMX";
  for (unsigned seed = 0; seed < 300; ++seed) {
    for (const int stride : {1, 2}) CheckDepthwise<BFloat16>(seed, stride);
  }
}

/// A depthwise convolution that hands its input on: one pixel, the tap in the middle is 1.
float HandOn(float value) {
  Buffer<Half> rows(3 * kDepthChannels);
  Buffer<Half> weights(9 * kDepthChannels);
  Buffer<Half> bias(kDepthChannels);
  Buffer<BFloat16> output(kDepthChannels);
  Set(value, rows.data()[kDepthChannels]);
  Set(1.0F, weights.data()[4 * kDepthChannels]);
  AmxKernels().depthwise(
      {.rows = {rows.data(), rows.data() + kDepthChannels, rows.data() + 2 * kDepthChannels},
       .width = 1,
       .output_width = 1,
       .stride = 1,
       .weights = weights.data(),
       .bias = bias.data(),
       .output = output.data(),
       .output_stride = kDepthChannels});
  return Value(output.data()[0]);
}

TEST(AmxKernels, TurnHalfFloatsIntoBFloat16) {
  if (!HasAmx()) GTEST_SKIP() << "this CPU has no AMX";
  EXPECT_EQ(HandOn(0.0F), 0.0F);
  EXPECT_EQ(HandOn(-3.0F), 0.0F);
  EXPECT_EQ(HandOn(1.0F), 1.0F);
  EXPECT_EQ(HandOn(0x1p-14F), 0x1p-14F);              // the least normal half float
  EXPECT_EQ(HandOn(65504.0F), 65536.0F);              // the largest, rounded to eight bits
  EXPECT_EQ(HandOn(1.0F + 0x1p-8F), 1.0F + 0x1p-7F);  // half a step up
  EXPECT_EQ(HandOn(1.0F + 0x1p-9F), 1.0F);
}

template <typename T>
void CheckFinish(unsigned seed) {
  Random random(seed);
  const int pixels = random.Up(20);
  const int channels = PaddedChannels(random.Up(60));
  const bool relu = random.Up(2) == 1;
  const bool residual = random.Up(2) == 1;
  const auto values = static_cast<size_t>(pixels) * static_cast<size_t>(channels);
  const ptrdiff_t stride = (pixels + 3) * kBlockChannels;
  const Buffer<float> product = random.Fill<float>(static_cast<size_t>(stride) *
                                                   static_cast<size_t>(channels / kBlockChannels));
  const Buffer<T> added = random.Fill<T>(values);
  Buffer<T> output(values);
  KernelsOf<T>().finish({.product = product.data(),
                         .product_stride = stride,
                         .residual = residual ? added.data() : nullptr,
                         .relu = relu,
                         .output = output.data(),
                         .pixels = pixels,
                         .channels = channels});
  for (int p = 0; p < pixels; ++p) {
    for (int c = 0; c < channels; ++c) {
      const int place = p * channels + c;
      double expected =
          product.data()[c / kBlockChannels * stride + p * kBlockChannels + c % kBlockChannels];
      if (residual) expected += double{Value(added.data()[place])};
      if (relu) expected = std::max(expected, 0.0);
      ASSERT_NEAR(Value(output.data()[place]), expected, Rounding<T>(expected)) << seed;
    }
  }
}

TEST(Kernels, FinishProducts) {
  OnEveryTarget([] {
    for (unsigned seed = 0; seed < 100; ++seed) {
      CheckFinish<float>(seed);
      CheckFinish<BFloat16>(seed);
    }
  });
}

TEST(Kernels, RoundToTheNearestBFloat16AndHalvesToEven) {
  OnEveryTarget([] {
    Buffer<float> product(kBlockChannels);
    Buffer<BFloat16> output(kBlockChannels);
    const uint32_t bits[] = {0x3F800000, 0x3F807FFF, 0x3F808000,
                             0x3F808001, 0x3F818000, 0xBF818001};
    const uint16_t rounded[] = {0x3F80, 0x3F80, 0x3F80, 0x3F81, 0x3F82, 0xBF82};
    for (size_t i = 0; i < std::size(bits); ++i) product.data()[i] = std::bit_cast<float>(bits[i]);
    BFloat16Kernels().finish({.product = product.data(),
                              .product_stride = kBlockChannels,
                              .residual = nullptr,
                              .relu = false,
                              .output = output.data(),
                              .pixels = 1,
                              .channels = kBlockChannels});
    for (size_t i = 0; i < std::size(bits); ++i) EXPECT_EQ(output.data()[i].bits, rounded[i]) << i;
  });
}

template <typename T>
void CheckUpsample(unsigned seed) {
  Random random(seed);
  const int width = random.Up(30);
  const int channels = PaddedChannels(random.Up(40));
  const float weight = static_cast<float>(random.Up(9) - 1) / 8.0F;
  const auto values = static_cast<size_t>(width) * static_cast<size_t>(channels);
  const Buffer<T> upper = random.Fill<T>(values);
  const Buffer<T> lower = random.Fill<T>(values);
  Buffer<T> output(2 * values);
  KernelsOf<T>().upsample({.upper = upper.data(),
                           .lower = lower.data(),
                           .lower_weight = weight,
                           .output = output.data(),
                           .width = width,
                           .channels = channels});
  for (int x = 0; x < 2 * width; ++x) {
    const double position = static_cast<double>(x) * (width - 1) / (2 * width - 1);
    const int left = std::min(static_cast<int>(position), width - 1);
    const int right = std::min(left + 1, width - 1);
    for (int c = 0; c < channels; ++c) {
      const auto mix = [&](int column) {
        const int place = column * channels + c;
        const double above = Value(upper.data()[place]);
        return above + (double{Value(lower.data()[place])} - above) * double{weight};
      };
      const double expected = mix(left) + (mix(right) - mix(left)) * (position - left);
      ASSERT_NEAR(Value(output.data()[x * channels + c]), expected, Rounding<T>(expected) + 1e-5)
          << "seed " << seed << " x " << x;
    }
  }
}

TEST(Kernels, DoubleRowsWithAlignedCorners) {
  OnEveryTarget([] {
    for (unsigned seed = 0; seed < 100; ++seed) {
      CheckUpsample<float>(seed);
      CheckUpsample<BFloat16>(seed);
    }
  });
}

template <typename T>
void CheckInterleave(int pixels) {
  const int stride = pixels + 5;
  std::vector<uint8_t> planes(static_cast<size_t>(6 * stride));
  for (size_t i = 0; i < planes.size(); ++i) planes[i] = static_cast<uint8_t>(i * 37);
  Buffer<T> output(static_cast<size_t>(pixels) * kBlockChannels);
  for (size_t i = 0; i < output.size(); ++i) Set(1.0F, output.data()[i]);
  KernelsOf<T>().interleave(planes.data(), stride, pixels, output.data());
  for (int p = 0; p < pixels; ++p) {
    for (int c = 0; c < kBlockChannels; ++c) {
      const float expected = c < 6 ? planes[static_cast<size_t>(c * stride + p)] : 0.0F;
      ASSERT_EQ(Value(output.data()[p * kBlockChannels + c]), expected) << p << " " << c;
    }
  }
}

TEST(Kernels, InterleaveEveryByteExactly) {
  OnEveryTarget([] {
    for (const int pixels : {1, 15, 16, 17, 33, 320}) {
      CheckInterleave<float>(pixels);
      CheckInterleave<BFloat16>(pixels);
    }
  });
}

TEST(Kernels, PaintSigmoidsAsTruncatedBytes) {
  OnEveryTarget([] {
    constexpr int kPixels = 37;
    Buffer<float> product(kPixels * kBlockChannels);
    std::mt19937 random(4);
    std::normal_distribution<float> logit(0, 4);
    for (size_t i = 0; i < product.size(); ++i) product.data()[i] = logit(random);
    const float infinity = std::numeric_limits<float>::infinity();
    product.data()[0] = std::nanf("");
    product.data()[kBlockChannels] = infinity;
    product.data()[2 * kBlockChannels] = -infinity;
    std::vector<uint8_t> planes(3 * (kPixels + 3), 77);
    FloatKernels().paint(product.data(), kPixels, planes.data(), kPixels + 3);
    for (size_t c = 0; c < 3; ++c) {
      for (size_t p = 0; p < kPixels; ++p) {
        const double x = product.data()[p * kBlockChannels + c];
        const double expected = std::isnan(x) ? 0.0 : 255.0 / (1.0 + std::exp(-x));
        const int found = planes[c * (kPixels + 3) + p];
        EXPECT_GE(found, std::floor(expected - 1e-4)) << x;
        EXPECT_LE(found, std::floor(expected + 1e-4)) << x;
      }
      for (size_t p = kPixels; p < kPixels + 3; ++p) {
        EXPECT_EQ(planes[c * (kPixels + 3) + p], 77) << "beyond the row";
      }
    }
  });
}

}  // namespace
}  // namespace mouthpiece::fused
