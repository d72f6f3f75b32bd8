// Rows of int8, of every table against the reference: bit for bit.
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "infer/fused/int8_reference.h"
#include "support/fused_kernels.h"

namespace mouthpiece::fused {
namespace {

size_t Size(int a, int b = 1) { return static_cast<size_t>(a) * static_cast<size_t>(b); }

/// The first `count` values are the same; a zero's sign is nobody's business.
template <typename T>
void ExpectSame(const Buffer<T>& found, const Buffer<T>& expected, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    if constexpr (std::is_same_v<T, BFloat16>) {
      ASSERT_EQ(ToFloat(found.data()[i]), ToFloat(expected.data()[i])) << "value " << i;
    } else {
      ASSERT_EQ(found.data()[i], expected.data()[i]) << "value " << i;
    }
  }
}

/// Values as they come: of many sizes, now and then all zero.
Buffer<float> Floats(Random& random, size_t size) {
  Buffer<float> values = random.Fill<float>(size);
  const float scale = random.Up(8) == 1 ? 0.0F : std::ldexp(1.03F, random.Up(20) - 10);
  for (size_t i = 0; i < size; ++i) values.data()[i] *= scale;
  return values;
}

/// What slots write: bytes, scales and values of pixels, with margins.
struct Written {
  Written(int pixels, int channels)
      : bytes(Size(pixels + kMarginPixels, channels)),
        scales(Size(pixels + kMarginPixels)),
        values(Size(pixels + kMarginPixels, channels)) {}

  void ExpectSameAs(const Written& expected, int pixels, int channels) const {
    ExpectSame(bytes, expected.bytes, Size(pixels, channels));
    ExpectSame(scales, expected.scales, Size(pixels));
    ExpectSame(values, expected.values, Size(pixels, channels));
  }

  Buffer<uint8_t> bytes;
  Buffer<float> scales;
  Buffer<BFloat16> values;
};

template <typename Check>
void WithEveryTableAndSeed(Check check) {
  WithEveryTable<Int8>([&](const Kernels<Int8>& table) {
    for (unsigned seed = 0; seed < 150 && !::testing::Test::HasFatalFailure(); ++seed) {
      SCOPED_TRACE(seed);
      Random random(seed);
      check(table, random);
    }
  });
}

TEST(Int8FilteredRows, AreTheReferences) {
  WithEveryTableAndSeed([](const Kernels<Int8>& table, Random& random) {
    const int width = random.Up(50);
    const int stride = random.Up(2);
    const int outputs = DivideUp(width, stride);
    const int begin = random.Toss() ? 0 : random.Up(DivideUp(outputs, 2)) * 2 - 2;
    const int end = random.Toss() ? outputs : begin + random.Up(outputs - begin);
    Buffer<BFloat16> rows[3];
    for (Buffer<BFloat16>& row : rows) {
      row = random.Fill<BFloat16>(Size(RoundUp(width, 2), kBlockChannels));
      for (int c = 0; c < kBlockChannels && width % 2 == 1; ++c) {
        row.data()[ColumnPlace(width, c)] = {0};
      }
    }
    Buffer<BFloat16> weights(Size(3 * kPairWeights * kBlockChannels, 2));
    for (int i = 0; i < 3 * kBlockChannels; ++i) {
      BFloat16* pair =
          weights.data() +
          (i / kBlockChannels * kPairWeights * kBlockChannels + i % kBlockChannels) * 2;
      const auto at = [&](int kind) { return pair + ptrdiff_t{kind} * kBlockChannels * 2; };
      const BFloat16 left = RoundTo<BFloat16>(random.Draw());
      const BFloat16 middle = RoundTo<BFloat16>(random.Draw());
      const BFloat16 right = RoundTo<BFloat16>(random.Draw());
      at(kToLeft)[0] = right;
      at(kToFirst)[0] = middle;
      at(kToFirst)[1] = right;
      at(kToSecond)[0] = left;
      at(kToSecond)[1] = middle;
      at(kToRight)[1] = left;
    }
    const Buffer<float> bias = random.Fill<float>(kBlockChannels);
    const auto run = [&](const Kernels<Int8>& kernels) {
      Buffer<float> output(Size(end - begin + 1, kBlockChannels));
      kernels.depthwise({.rows = {rows[0].data(), rows[1].data(), rows[2].data()},
                         .width = width,
                         .stride = stride,
                         .weights = weights.data(),
                         .bias = bias.data(),
                         .begin = begin,
                         .end = end,
                         .output = output.data()});
      return output;
    };
    ExpectSame(run(table), run(Int8ReferenceKernels()), Size(end - begin, kBlockChannels));
  });
}

TEST(Int8CompressedPixels, AreTheReferences) {
  WithEveryTableAndSeed([](const Kernels<Int8>& table, Random& random) {
    const int pixels = random.Up(40);
    const int blocks = random.Up(9);
    const int channels = blocks * kBlockChannels;
    const ptrdiff_t stride = ptrdiff_t{pixels + kMarginPixels} * kBlockChannels;
    Buffer<float> values = Floats(random, static_cast<size_t>(stride) * Size(blocks));
    for (size_t i = 0; i < values.size(); ++i) values.data()[i] = std::abs(values.data()[i]);
    const auto run = [&](const Kernels<Int8>& kernels) {
      Written written(pixels, channels);
      kernels.compress({.values = values.data(),
                        .values_stride = stride,
                        .pixels = pixels,
                        .channels = channels,
                        .bytes = written.bytes.data(),
                        .scales = written.scales.data()});
      return written;
    };
    run(table).ExpectSameAs(run(Int8ReferenceKernels()), pixels, channels);
  });
}

TEST(Int8FinishedProducts, AreTheReferences) {
  WithEveryTableAndSeed([](const Kernels<Int8>& table, Random& random) {
    const bool is_narrow = table.has_narrow && random.Toss();
    const int pixels = is_narrow ? 2 * random.Up(60) : random.Up(40);
    const int blocks = is_narrow ? 1 : random.Up(9);
    const int channels = is_narrow ? kNarrowChannels : blocks * kBlockChannels;
    const bool relu = random.Toss();
    const bool has_residual = random.Toss();
    const bool wants_values = random.Toss();
    const bool wants_bytes = !wants_values || random.Toss();
    const ptrdiff_t stride = ptrdiff_t{pixels + kMarginPixels} * kBlockChannels;
    const Buffer<float> product = Floats(random, static_cast<size_t>(stride) * Size(blocks));
    const Buffer<BFloat16> residual = random.Fill<BFloat16>(Size(pixels, channels));
    const auto run = [&](const Kernels<Int8>& kernels) {
      Written written(pixels, channels);
      Buffer<float> copy(product.size());
      std::copy_n(product.data(), product.size(), copy.data());
      kernels.finish({.product = copy.data(),
                      .product_stride = stride,
                      .residual = has_residual ? residual.data() : nullptr,
                      .relu = relu,
                      .values = wants_values ? written.values.data() : nullptr,
                      .bytes = wants_bytes ? written.bytes.data() : nullptr,
                      .scales = written.scales.data(),
                      .pixels = pixels,
                      .channels = channels});
      return written;
    };
    run(table).ExpectSameAs(run(Int8ReferenceKernels()), pixels, channels);
  });
}

TEST(Int8Pixels, OfOneOrTwoSourcesAreTheReferences) {
  WithEveryTableAndSeed([](const Kernels<Int8>& table, Random& random) {
    const int pixels = random.Up(40);
    const int first = random.Up(5) * kBlockChannels;
    const int second = random.Toss() ? 0 : random.Up(5) * kBlockChannels;
    const bool is_signed = random.Toss();
    Buffer<BFloat16> a = random.Fill<BFloat16>(Size(pixels, first));
    Buffer<BFloat16> b = random.Fill<BFloat16>(Size(pixels, second));
    for (Buffer<BFloat16>* source : {&a, &b}) {
      for (size_t i = 0; i < source->size() && !is_signed; ++i) source->data()[i].bits &= 0x7FFF;
    }
    const auto run = [&](const Kernels<Int8>& kernels) {
      Written written(pixels, first + second);
      kernels.quantize({.sources = {a.data(), second > 0 ? b.data() : nullptr},
                        .channels = {first, second},
                        .pixels = pixels,
                        .bytes = written.bytes.data(),
                        .scales = written.scales.data(),
                        .is_signed = is_signed});
      return written;
    };
    run(table).ExpectSameAs(run(Int8ReferenceKernels()), pixels, first + second);
  });
}

TEST(Int8Pixels, HoldTheirLargestValuesAndZeroExactly) {
  const auto bytes_of = [](std::vector<float> from, bool is_signed) {
    Buffer<BFloat16> values(kBlockChannels);
    for (size_t c = 0; c < from.size(); ++c) values.data()[c] = RoundTo<BFloat16>(from[c]);
    Written written(1, kBlockChannels);
    Int8ReferenceKernels().quantize({.sources = {values.data(), nullptr},
                                     .channels = {kBlockChannels, 0},
                                     .pixels = 1,
                                     .bytes = written.bytes.data(),
                                     .scales = written.scales.data(),
                                     .is_signed = is_signed});
    return written;
  };
  const Written with_signs = bytes_of({-4, 1, 4}, true);
  EXPECT_EQ(with_signs.bytes.data()[0], 1);
  EXPECT_EQ(with_signs.bytes.data()[1], 160) << "a quarter of 127, 31.75, above 128";
  EXPECT_EQ(with_signs.bytes.data()[2], 255);
  EXPECT_EQ(with_signs.bytes.data()[3], 128);
  EXPECT_NEAR(with_signs.scales.data()[0], 4.0 / 127, 1e-7);
  const Written without = bytes_of({1, 4}, false);
  EXPECT_EQ(without.bytes.data()[0], 64) << "a quarter of 255, 63.75";
  EXPECT_EQ(without.bytes.data()[1], 255);
  EXPECT_EQ(without.bytes.data()[2], 0);
  EXPECT_NEAR(without.scales.data()[0], 4.0 / 255, 1e-7);
}

TEST(Int8DoubledRows, AreTheReferencesWithinTheirRounding) {
  WithEveryTableAndSeed([](const Kernels<Int8>& table, Random& random) {
    const int width = random.Up(40);
    const int channels = random.Up(5) * kBlockChannels;
    const Buffer<BFloat16> upper = random.Fill<BFloat16>(Size(width, channels));
    const Buffer<BFloat16> lower = random.Fill<BFloat16>(Size(width, channels));
    const float lower_weight = static_cast<float>(random.Up(9) - 1) / 8;
    const auto run = [&](const Kernels<Int8>& kernels) {
      Buffer<BFloat16> output(Size(2 * width, channels));
      kernels.upsample({.upper = upper.data(),
                        .lower = lower.data(),
                        .lower_weight = lower_weight,
                        .output = output.data(),
                        .width = width,
                        .channels = channels});
      return output;
    };
    ExpectNear(run(table), run(Int8ReferenceKernels()), RoundingOf<BFloat16>);
  });
}

TEST(Int8InterleavedPictures, AreExactlyTheBytes) {
  for (const int pixels : {1, 15, 16, 17, 33, 320}) {
    const int stride = pixels + 5;
    std::vector<uint8_t> planes(Size(6, stride));
    for (size_t i = 0; i < planes.size(); ++i) planes[i] = static_cast<uint8_t>(i * 37);
    WithEveryTable<Int8>([&](const Kernels<Int8>& table) {
      std::vector<uint8_t> found(Size(pixels, kVisualChannels), 77);
      std::vector<uint8_t> expected = found;
      table.interleave(planes.data(), stride, pixels, found.data());
      Int8ReferenceKernels().interleave(planes.data(), stride, pixels, expected.data());
      EXPECT_EQ(found, expected) << pixels;
    });
  }
}

}  // namespace
}  // namespace mouthpiece::fused
