#include "network/folding.h"

#include <gtest/gtest.h>

#include <vector>

namespace mouthpiece {
namespace {

/// Two outputs of three inputs each.
Convolution Pointwise() {
  Convolution convolution;
  convolution.weights = {1, 2, 3, 4, 5, 6};
  convolution.bias = {10, 20};
  return convolution;
}

TEST(Folding, ScalesWeightsAndBiasOfEachOutput) {
  Convolution convolution = Pointwise();
  FoldScale(convolution, std::vector<float>{2, -1});
  EXPECT_EQ(convolution.weights, (std::vector<float>{2, 4, 6, -4, -5, -6}));
  EXPECT_EQ(convolution.bias, (std::vector<float>{20, -20}));
}

TEST(Folding, AddsOffsetsToTheBias) {
  Convolution convolution = Pointwise();
  FoldOffset(convolution, std::vector<float>{0.5F, -0.25F});
  EXPECT_EQ(convolution.weights, Pointwise().weights);
  EXPECT_EQ(convolution.bias, (std::vector<float>{10.5F, 19.75F}));
}

TEST(Folding, TakesABatchNormIn) {
  Convolution convolution = Pointwise();
  const std::vector<float> scale{3, 1};
  const std::vector<float> offset{1, 0};
  const std::vector<float> mean{4, 20};
  const std::vector<float> variance{2, 0.0625F - 0.25F * 0.125F};
  FoldBatchNorm(
      convolution,
      {.scale = scale, .offset = offset, .mean = mean, .variance = variance, .epsilon = 0.25F});
  // 3 / sqrt(2.25) is 2: 2 * (10 - 4) + 1.
  EXPECT_FLOAT_EQ(convolution.weights[2], 6);
  EXPECT_FLOAT_EQ(convolution.bias[0], 13);
  // (20 - 20) at any scale.
  EXPECT_FLOAT_EQ(convolution.bias[1], 0);
}

}  // namespace
}  // namespace mouthpiece
