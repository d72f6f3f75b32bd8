// Products of int8 of every table against the reference, bit for bit: sums are of integers, and the
// scales of these tests are powers of two, so that floats are exact, too, however they are added.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "infer/fused/int8_plan.h"
#include "infer/fused/int8_reference.h"
#include "infer/fused/row_groups.h"
#include "support/fused_kernels.h"

namespace mouthpiece::fused {
namespace {

PackedProduct<Int8> Pack(const std::vector<float>& bias, const BytePacking& packing,
                         const std::function<float(int, int)>& weight) {
  WeightMemory memory;
  return PackBytes(bias, packing, weight, memory);
}

template <typename T>
Buffer<T> Copied(const Buffer<T>& from) {
  Buffer<T> copy(from.size());
  std::copy_n(from.data(), from.size(), copy.data());
  return copy;
}

/// Weights of which the scale is one, and which often add up to the most that four may.
float DrawWeight(Random& random, int channel, int largest_four) {
  if (channel == 0) return kLargestWeight;
  if (largest_four == kAnyFour) {
    if (random.Toss()) return static_cast<float>(random.Up(255) - 128);
    return channel % 24 < 12 ? kLargestWeight : -kLargestWeight;
  }
  if (InFour(channel) == 0) return -static_cast<float>(random.Up(kLargestFour / 3));
  constexpr int kMost = kLargestFour / 4;
  if (random.Toss()) return static_cast<float>(random.Up(2 * kMost + 1) - kMost - 1);
  return static_cast<float>(channel % 24 < 12 ? kMost : -kMost);
}

/// A product of random sizes and of all bytes that there are.
template <typename Result>
class RandomByteProduct {
 public:
  RandomByteProduct(unsigned seed, const Kernels<Int8>& table, bool may_be_narrow = true)
      : random_(seed) {
    constexpr bool kIsFloat = std::is_same_v<Result, float>;
    const bool is_narrow = kIsFloat && table.has_narrow && may_be_narrow && random_.Toss();
    const bool is_doubled = !kIsFloat && random_.Toss();
    const int pixels = is_doubled ? 2 * random_.Up(35) : random_.Up(70);
    const int channels = random_.Up(20) * kQuadChannels;
    std::vector<float> bias(static_cast<size_t>(random_.Up(is_narrow ? kNarrowChannels : 70)));
    for (float& value : bias) value = static_cast<float>(random_.Up(99) - 50);
    packed_ = Pack(
        bias, {.channels = channels, .is_narrow = is_narrow, .largest_four = table.largest_four},
        [&](int, int c) { return DrawWeight(random_, c, table.largest_four); });
    const int stride = channels + random_.Up(9) - 1;
    const auto all = static_cast<size_t>(pixels + kMarginPixels);
    bytes_ = Buffer<uint8_t>(all * static_cast<size_t>(stride));
    for (size_t i = 0; i < bytes_.size(); ++i) {
      bytes_.data()[i] = static_cast<uint8_t>(random_.Toss() ? 255 : random_.Up(256) - 1);
    }
    scales_ = Buffer<float>(all);
    for (size_t p = 0; p < all; ++p) {
      scales_.data()[p] = std::ldexp(1.0F, random_.Up(4) - 2);
    }
    job_ = {.source = {.data = bytes_.data(),
                       .pixel_stride = stride,
                       .channels = channels,
                       .scales = scales_.data(),
                       .is_signed = random_.Toss()},
            .weights = packed_.weights.data(),
            .weight_scales = kIsFloat ? packed_.scales.data() : nullptr,
            .signed_starts = packed_.signed_starts.data(),
            .bias = packed_.bias.data(),
            .halved = is_doubled ? DrawHalved(pixels, packed_.outputs) : HalvedSums{},
            .pixels = pixels,
            .outputs = packed_.outputs,
            .result = nullptr,
            .result_stride = (pixels + kMarginPixels) * ptrdiff_t{BlockOf(packed_.outputs)}};
    before_ = random_.template Fill<Result>(all * static_cast<size_t>(packed_.outputs));
  }

  /// What a kernel leaves of the pixels that it is asked for; the margins stay as they were.
  Buffer<Result> Run(void (*multiply)(const ByteProduct<Result>&)) {
    Buffer<Result> result = Copied(before_);
    job_.result = result.data();
    multiply(job_);
    const int written = std::is_same_v<Result, float> ? job_.pixels : RoundUp(job_.pixels, 2);
    for (ptrdiff_t first = 0; first < static_cast<ptrdiff_t>(result.size());
         first += job_.result_stride) {
      const ptrdiff_t margin = first + ptrdiff_t{written} * BlockOf(job_.outputs);
      std::copy(before_.data() + margin, before_.data() + first + job_.result_stride,
                result.data() + margin);
    }
    return result;
  }

  /// Has results be numbers of which sigmoids differ, and one in ten none.
  const ByteProduct<float>& ScaleToLogits() {
    for (int n = 0; n < job_.outputs; ++n) packed_.scales.data()[n] = 0x1p-13F;
    for (int n = 0; n < job_.outputs; ++n) {
      packed_.bias.data()[n] = random_.Up(10) == 1 ? std::nanf("") : random_.Draw();
    }
    return job_;
  }

 private:
  HalvedSums DrawHalved(int pixels, int outputs) {
    const int stride = (pixels / 2 + 2 * kMarginPixels) * kBlockChannels;
    for (Buffer<float>& row : halved_) {
      row = random_.Fill<float>(static_cast<size_t>(outputs / kBlockChannels) *
                                static_cast<size_t>(stride));
    }
    shares_ = Buffer<float>(static_cast<size_t>(pixels + kMarginPixels));
    for (int x = 1; x + 1 < pixels; ++x) {
      shares_.data()[x] = static_cast<float>(random_.Up(9) - 1) / 8;
    }
    constexpr ptrdiff_t kFirst = ptrdiff_t{kMarginPixels} * kBlockChannels;
    return {.upper = halved_[0].data() + kFirst,
            .lower = halved_[1].data() + kFirst,
            .stride = stride,
            .lower_weight = static_cast<float>(random_.Up(9) - 1) / 8,
            .shares = shares_.data()};
  }

  Random random_;
  PackedProduct<Int8> packed_;
  Buffer<float> halved_[2];
  Buffer<float> shares_;
  Buffer<uint8_t> bytes_;
  Buffer<float> scales_;
  Buffer<Result> before_;
  ByteProduct<Result> job_;
};

template <typename Result>
void CheckSlot(void (*Kernels<Int8>::*slot)(const ByteProduct<Result>&)) {
  WithEveryTable<Int8>([&](const Kernels<Int8>& table) {
    for (unsigned seed = 0; seed < 200 && !::testing::Test::HasFatalFailure(); ++seed) {
      SCOPED_TRACE(seed);
      RandomByteProduct<Result> product(seed, table);
      const Buffer<Result> expected = product.Run(Int8ReferenceKernels().*slot);
      ExpectNear(product.Run(table.*slot), expected, [](double) { return 0.0; });
    }
  });
}

TEST(Int8Products, AreTheReferencesBitForBit) { CheckSlot(&Kernels<Int8>::multiply); }

TEST(Int8Products, ThatBeginABlockAreTheReferencesBitForBit) { CheckSlot(&Kernels<Int8>::expand); }

/// The bytes of three outputs are those of the reference's product, or next to them where their
/// edge lies between two ways to round.
void CheckPaintedProduct(const Kernels<Int8>& table, unsigned seed) {
  RandomByteProduct<float> product(seed, table, false);
  const ByteProduct<float>& job = product.ScaleToLogits();
  const Buffer<float> logits = product.Run(Int8ReferenceKernels().multiply);
  const int stride = job.pixels + 3;
  std::vector<uint8_t> found(static_cast<size_t>(3 * stride), 77);
  table.paint_product(job, found.data(), stride);
  for (int i = 0; i < 3 * stride; ++i) {
    const uint8_t byte = found[static_cast<size_t>(i)];
    const int pixel = i % stride;
    if (pixel >= job.pixels) {
      ASSERT_EQ(byte, 77) << "beyond the row";
      continue;
    }
    const double x = logits.data()[pixel * kBlockChannels + i / stride];
    if (std::isnan(x)) {
      ASSERT_EQ(byte, 0);
      continue;
    }
    const double exact = 255.0 / (1.0 + std::exp(-x));
    ASSERT_GE(exact, byte - 1e-4) << x;
    ASSERT_LE(exact, byte + 1 + 1e-4) << x;
  }
}

TEST(Int8Products, ThatArePaintedAreTruncatedSigmoidsAndZeroForNan) {
  int tables = 0;
  WithEveryTable<Int8>([&](const Kernels<Int8>& table) {
    if (table.paint_product == nullptr) return;
    ++tables;
    for (unsigned seed = 0; seed < 200 && !::testing::Test::HasFatalFailure(); ++seed) {
      SCOPED_TRACE(seed);
      CheckPaintedProduct(table, seed);
    }
  });
  if (tables == 0) GTEST_SKIP() << "this CPU has no AVX-512 VNNI";
}

/// One pixel of four channels to one output, by hand.
TEST(Int8Reference, ScalesSumsOfBytesAndWeights) {
  const std::vector<uint8_t> bytes{255, 0, 10, 200};
  const std::vector<float> bias{100};
  const float values[] = {127, -127, 64, -1};
  const PackedProduct<Int8> packed =
      Pack(bias, {.channels = kQuadChannels}, [&](int, int c) { return values[c] / 4; });
  EXPECT_EQ(packed.scales.data()[0], 0.25F);
  EXPECT_EQ(packed.signed_starts.data()[0], -128 * (127 - 127 + 64 - 1));
  const float scale = 0.5F;
  Buffer<float> result(kBlockChannels);
  Int8ReferenceKernels().multiply({.source = {bytes.data(), 4, kQuadChannels, &scale, true},
                                   .weights = packed.weights.data(),
                                   .weight_scales = packed.scales.data(),
                                   .signed_starts = packed.signed_starts.data(),
                                   .bias = packed.bias.data(),
                                   .halved = {},
                                   .pixels = 1,
                                   .outputs = kBlockChannels,
                                   .result = result.data(),
                                   .result_stride = 0});
  // The values are (bytes - 128) / 2: 63.5, -64, -59 and 36.
  EXPECT_EQ(result.data()[0], 100 + (127 * 63.5F + 127 * 64 - 64 * 59 - 36) / 4);
}

/// Of a doubled row, that is, as doubled pictures are: FarShare and DoubledRow are one formula.
TEST(Int8Reference, DoublesSumsWithAlignedCorners) {
  for (const int width : {1, 2, 3, 10, 160}) {
    for (int x = 0; x < 2 * width; ++x) {
      const DoubledRow at(x, width);
      const double place = at.upper + (at.lower - at.upper) * double{at.lower_weight};
      const int far = x % 2 == 0 ? x / 2 - 1 : x / 2 + 1;
      EXPECT_NEAR(x / 2 + (far - x / 2) * double{FarShare(x, width)}, place, 1e-5)
          << x << " of " << 2 * width;
    }
  }
}

TEST(PackedBytes, HaveNoWeightsOfOutputsThatAreNoNumbers) {
  const std::vector<float> bias{1, 2};
  const PackedProduct<Int8> packed =
      Pack(bias, {.channels = kQuadChannels, .largest_four = kLargestFour}, [](int n, int c) {
        return n == 0 && c == 1 ? std::numeric_limits<float>::infinity() : 1.0F;
      });
  const auto weight = [&](int n) {
    return packed.weights.data()[ByteWeightPlace(n, 0, packed.outputs, kQuadChannels)];
  };
  EXPECT_TRUE(std::isnan(packed.bias.data()[0]));
  EXPECT_EQ(weight(0), 0);
  EXPECT_EQ(weight(1), kLargestFour / 2);
  EXPECT_EQ(packed.bias.data()[1], 2);
}

TEST(PackedBytes, AreWeightsOfWhichFourKeepProductsWithin16Bits) {
  constexpr int kChannels = 20;
  Random random(1);
  for (int trial = 0; trial < 200; ++trial) {
    std::vector<float> weights(kChannels);
    for (float& weight : weights) weight = std::pow(random.Draw(), 3.0F);
    const std::vector<float> bias{0};
    const PackedProduct<Int8> packed =
        Pack(bias, {.channels = kChannels, .largest_four = kLargestFour},
             [&](int, int c) { return weights[static_cast<size_t>(c)]; });
    int sums[2][kChannels] = {};
    for (int c = 0; c < kChannels; ++c) {
      const int weight = packed.weights.data()[ByteWeightPlace(0, c, packed.outputs, kChannels)];
      sums[weight < 0 ? 1 : 0][InFour(c)] += std::abs(weight);
      EXPECT_NEAR(static_cast<float>(weight) * packed.scales.data()[0],
                  weights[static_cast<size_t>(c)], 0.5);
    }
    for (const auto& of_sign : sums) {
      for (const int sum : of_sign) EXPECT_LE(sum * 255, 32767);
    }
  }
}

TEST(PackedBytes, AreRoundedByLessThanAStepInAll) {
  Random random(2);
  for (int trial = 0; trial < 200; ++trial) {
    const int channels = random.Up(30) * kQuadChannels;
    std::vector<float> weights(static_cast<size_t>(channels));
    for (float& weight : weights) weight = random.Draw() + 0.013F * random.Draw();
    const std::vector<float> bias{0};
    const PackedProduct<Int8> packed = Pack(
        bias, {.channels = channels}, [&](int, int c) { return weights[static_cast<size_t>(c)]; });
    double sum = 0;
    const double scale = packed.scales.data()[0];
    for (int c = 0; c < channels; ++c) {
      const int step = packed.weights.data()[ByteWeightPlace(0, c, packed.outputs, channels)];
      const double error = step - double{weights[static_cast<size_t>(c)]} / scale;
      EXPECT_LT(std::abs(error), 1.001);
      EXPECT_LE(std::abs(step), kLargestWeight);
      sum += error;
    }
    EXPECT_LE(std::abs(sum), 0.501) << channels << " channels";
  }
}

}  // namespace
}  // namespace mouthpiece::fused
