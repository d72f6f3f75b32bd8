// The reference itself, against values worked out by hand.
#include "infer/fused/reference_kernels.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "infer/fused/buffer.h"

namespace mouthpiece::fused {
namespace {

/// Two pixels of two sources, 16 channels each, of which the first have values.
TEST(ReferenceKernels, SumProductsOverSources) {
  std::vector<float> first(32);
  std::vector<float> second(32);
  first[0] = 2;
  first[1] = 3;
  first[16] = -5;
  second[0] = 7;
  std::vector<float> weights(size_t{32} * 16);  // [channels][outputs]
  weights[0] = 10;                              // of the first source's channel 0, to output 0
  weights[16 + 1] = 100;                        // its channel 1, to output 1
  weights[16 * 16] = 1000;                      // the second source's channel 0, to output 0
  std::vector<float> bias(16);
  bias[0] = 1;
  bias[1] = -1000;
  std::vector<float> result(32, 4);
  Product<float> job{
      .sources = {{first.data(), 16, kDepthChannels, 16}, {second.data(), 16, kDepthChannels, 16}},
      .source_count = 2,
      .weights = weights.data(),
      .bias = bias.data(),
      .pixels = 2,
      .outputs = 16,
      .result = result.data(),
      .result_stride = 32};
  ReferenceKernels<float>().multiply(job);
  EXPECT_EQ(result[0], 1 + 20 + 7000);
  EXPECT_EQ(result[1], -1000 + 300);
  EXPECT_EQ(result[16], 1 - 50);
  EXPECT_EQ(result[17], -1000);
  ReferenceKernels<float>().expand(job);
  EXPECT_EQ(result[0], 1 + 20 + 7000);
  EXPECT_EQ(result[1], 0);
  job.start = result.data();
  job.start_stride = job.result_stride;
  ReferenceKernels<float>().multiply(job);
  EXPECT_EQ(result[0], 2 * (20 + 7000) + 1) << "on top of what is there, bias and all";
}

TEST(ReferenceKernels, FilterRowsWithZerosBeyondTheirEnds) {
  std::vector<float> rows(3 * 3 * 16);  // [row][column][channel]
  for (size_t row = 0; row < 3; ++row) {
    for (size_t column = 0; column < 3; ++column) {
      rows[(row * 3 + column) * 16] = static_cast<float>(10 * row + column + 1);
    }
  }
  std::vector<float> weights(9 * 16);
  for (size_t tap = 0; tap < 9; ++tap) weights[tap * 16] = tap == 3 ? 100.0F : 1.0F;
  std::vector<float> bias(16);
  std::vector<float> output(3 * 16);
  DepthwiseRow<float> job{.rows = {&rows[0], &rows[48], &rows[96]},
                          .width = 3,
                          .output_width = 3,
                          .stride = 1,
                          .weights = weights.data(),
                          .bias = bias.data(),
                          .output = output.data(),
                          .output_stride = 16};
  ReferenceKernels<float>().depthwise(job);
  EXPECT_EQ(output[0], 1 + 2 + 11 + 12 + 21 + 22);
  EXPECT_EQ(output[16], 1 + 2 + 3 + 1100 + 12 + 13 + 21 + 22 + 23);
  EXPECT_EQ(output[32], 2 + 3 + 1200 + 13 + 22 + 23);
  job.stride = 2;
  job.output_width = 2;
  bias[0] = -1e6F;
  ReferenceKernels<float>().depthwise(job);
  EXPECT_EQ(output[16], 0) << "ReLU";
  bias[0] = 1;
  ReferenceKernels<float>().depthwise(job);
  EXPECT_EQ(output[16], 1 + 2 + 3 + 1200 + 13 + 22 + 23);
}

TEST(ReferenceKernels, AddTheResidualToAProduct) {
  std::vector<float> product(16);
  product[0] = -3;
  product[1] = 4;
  std::vector<BFloat16> added(16, RoundTo<BFloat16>(1));
  std::vector<BFloat16> output(16);
  Finish<BFloat16> job{.product = product.data(),
                       .product_stride = 16,
                       .residual = added.data(),
                       .relu = false,
                       .output = output.data(),
                       .pixels = 1,
                       .channels = 16};
  ReferenceKernels<BFloat16>().finish(job);
  EXPECT_EQ(ToFloat(output[0]), -2);
  EXPECT_EQ(ToFloat(output[1]), 5);
  job.relu = true;
  ReferenceKernels<BFloat16>().finish(job);
  EXPECT_EQ(ToFloat(output[0]), 0);
}

TEST(ReferenceKernels, DoubleRowsWithAlignedCorners) {
  std::vector<float> upper(2 * 16);
  std::vector<float> lower(2 * 16);
  upper[16] = 3;
  lower[0] = 8;
  std::vector<float> output(4 * 16);
  ReferenceKernels<float>().upsample({.upper = upper.data(),
                                      .lower = lower.data(),
                                      .lower_weight = 0.25F,
                                      .output = output.data(),
                                      .width = 2,
                                      .channels = 16});
  // From 0.25 * 8 on the left to 0.75 * 3 on the right, in three steps.
  EXPECT_FLOAT_EQ(output[0], 2.0F);
  EXPECT_FLOAT_EQ(output[16], 2.0F + 0.25F / 3);
  EXPECT_FLOAT_EQ(output[48], 2.25F);
}

TEST(ReferenceKernels, PutPlanesSideBySide) {
  const std::vector<uint8_t> planes{1, 255, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
  std::vector<BFloat16> output(2 * 16, RoundTo<BFloat16>(77));
  ReferenceKernels<BFloat16>().interleave(planes.data(), 2, 2, output.data());
  EXPECT_EQ(ToFloat(output[0]), 1);
  EXPECT_EQ(ToFloat(output[5]), 11);
  EXPECT_EQ(ToFloat(output[6]), 0);
  EXPECT_EQ(ToFloat(output[16]), 255);
}

TEST(ReferenceKernels, TruncateSigmoids) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  std::vector<float> product(4 * 16);
  product[0] = 0;
  product[16] = kInfinity;
  product[32] = -kInfinity;
  product[48] = std::nanf("");
  std::vector<uint8_t> planes(3 * 4);
  ReferenceKernels<float>().paint(product.data(), 4, planes.data(), 4);
  EXPECT_EQ(planes[0], 127);
  EXPECT_EQ(planes[1], 255);
  EXPECT_EQ(planes[2], 0);
  EXPECT_EQ(planes[3], 0);
}

}  // namespace
}  // namespace mouthpiece::fused
