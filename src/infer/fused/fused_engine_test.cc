// The fused engine against OpenVINO, network by network, and its life.
#include "infer/fused/fused_engine.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <utility>
#include <vector>

#include "infer/engine.h"
#include "infer/fused/kernel_tables.h"
#include "infer/openvino/read_network.h"
#include "infer/weights_keeper.h"
#include "mouthpiece/error.h"
#include "support/fixtures.h"
#include "support/network_inputs.h"

namespace mouthpiece {
namespace {

using testing::GeneratorOf;
using testing::Inputs;
using testing::LargestDifference;
using testing::Model;
using testing::Predict;
using testing::RandomInputs;

double MeanDifference(const std::vector<std::vector<uint8_t>>& a,
                      const std::vector<std::vector<uint8_t>>& b) {
  double sum = 0;
  double count = 0;
  for (size_t frame = 0; frame < a.size(); ++frame) {
    for (size_t i = 0; i < a[frame].size(); ++i) sum += std::abs(a[frame][i] - b[frame][i]);
    count += static_cast<double>(a[frame].size());
  }
  return sum / count;
}

/// Both engines' answers to two random frames, the fused one's second.
auto Answers(const std::filesystem::path& path, Precision precision) {
  const auto exact =
      CreateEngine({.model = path, .precision = Precision::kF32, .kind = EngineKind::kOpenVino});
  const auto fused =
      CreateEngine({.model = path, .precision = precision, .kind = EngineKind::kFused});
  const Inputs inputs = RandomInputs(exact->info(), 2);
  return std::pair(Predict(*exact, inputs), Predict(*fused, inputs));
}

/// Sums in another order: a float that was just below a byte's edge may come out just above.
void ExpectEqualButForRounding(const std::filesystem::path& path) {
  const auto [expected, found] = Answers(path, Precision::kF32);
  EXPECT_LE(LargestDifference(expected, found), 1) << path;
  EXPECT_LE(MeanDifference(expected, found), 0.005) << path;
}

TEST(FusedEngine, GivesWhatOpenVinoGives) {
  for (const char* name : {"unet_half", "mixture", "mixture_norms"}) {
    ExpectEqualButForRounding(Model(name));
  }
}

TEST(FusedEngine, GivesWhatOpenVinoGivesForARealNetwork) {
  const std::filesystem::path path = GeneratorOf(testing::RealPackage());
  if (!std::filesystem::exists(path)) GTEST_SKIP() << path << " is missing";
  ExpectEqualButForRounding(path);
}

void ExpectWithinOneLevel(const std::filesystem::path& path) {
  const auto [expected, found] = Answers(path, Precision::kBf16);
  EXPECT_LE(MeanDifference(expected, found), 1.0) << path;
  EXPECT_GT(MeanDifference(expected, found), 0.0) << path;
}

TEST(FusedEngine, IsWithinOneLevelInBFloat16) {
  if (!fused::HasBFloat16Kernels()) GTEST_SKIP() << "this CPU has no products of bfloat16";
  for (const char* name : {"unet_half", "mixture", "mixture_norms"}) {
    ExpectWithinOneLevel(Model(name));
  }
}

TEST(FusedEngine, IsWithinOneLevelInBFloat16ForARealNetwork) {
  if (!fused::HasBFloat16Kernels()) GTEST_SKIP() << "this CPU has no products of bfloat16";
  const std::filesystem::path path = GeneratorOf(testing::RealPackage());
  if (!std::filesystem::exists(path)) GTEST_SKIP() << path << " is missing";
  ExpectWithinOneLevel(path);
}

/// The least that a plan can be made of: a block of the pictures and the convolution to the output.
NetworkReading ReadTinyNetwork(const std::filesystem::path&) {
  constexpr int kSide = 4;
  const auto convolution = [](int inputs, int outputs, int kernel, int groups, bool relu) {
    Convolution made;
    made.groups = groups;
    made.kernel_height = made.kernel_width = kernel;
    made.top = made.left = kernel / 2;
    made.relu = relu;
    made.weights.assign(static_cast<size_t>(outputs * inputs / groups * kernel * kernel), 0.1F);
    made.bias.assign(static_cast<size_t>(outputs), 0.1F);
    return made;
  };
  Network network;
  network.side = kSide;
  network.audio_shape = {1, 1, 1};
  const auto add = [&](NodeKind kind, int channels, Convolution made = {}) {
    std::vector<int> inputs;
    if (kind != NodeKind::kVisual) inputs = {static_cast<int>(network.nodes.size()) - 1};
    network.nodes.push_back({kind, inputs, {channels, kSide, kSide}, std::move(made)});
  };
  add(NodeKind::kVisual, 6);
  add(NodeKind::kConvolution, 12, convolution(6, 12, 1, 1, true));
  add(NodeKind::kConvolution, 12, convolution(12, 12, 3, 12, true));
  add(NodeKind::kConvolution, 8, convolution(12, 8, 1, 1, false));
  add(NodeKind::kConvolution, 3, convolution(8, 3, 1, 1, false));
  add(NodeKind::kSigmoid, 3);
  return {std::move(network), ""};
}

// Threads that are about to wait for work when the engine goes must see that it goes.
TEST(FusedEngine, CanBeOpenedAndClosedThousandsOfTimes) {
  for (int round = 0; round < 2000; ++round) {
    const FusedEngineOrReason opened =
        CreateFusedEngine({.model = "tiny", .threads = 2}, ReadTinyNetwork);
    ASSERT_NE(opened.engine, nullptr) << opened.reason;
    if (round % 4 == 1) opened.engine->Start(0, 1);
    if (round % 4 == 2) {
      opened.engine->Start(0, 1);
      opened.engine->Wait(0);
    }
  }
}

class StrayNetwork : public ::testing::TestWithParam<std::pair<const char*, const char*>> {};

TEST_P(StrayNetwork, IsRefusedWithTheReason) {
  const auto& [name, reason] = GetParam();
  const FusedEngineOrReason refused =
      CreateFusedEngine({.model = Model(std::string("stray_") + name)}, ReadNetworkWithOpenVino);
  EXPECT_EQ(refused.engine, nullptr);
  EXPECT_NE(refused.reason.find(reason), std::string::npos) << refused.reason;
}

INSTANTIATE_TEST_SUITE_P(
    Reasons, StrayNetwork,
    ::testing::Values(std::pair("product", "Multiply"), std::pair("sum", "a sum behind no block"),
                      std::pair("wide_step", "a depthwise convolution outside of a block"),
                      std::pair("nearest", "not a bilinear doubling"),
                      std::pair("plain_output", "an output that is no 1x1 convolution")),
    [](const auto& network) { return std::string(network.param.first); });

TEST(FusedEngine, SharesItsWeightsWithThoseOfTheSameKeeperAndPrecision) {
  WeightsKeeper weights;
  const auto open = [&](Precision precision, WeightsKeeper* keeper) {
    FusedEngineOrReason fused = CreateFusedEngine(
        {.model = "tiny", .precision = precision, .threads = 1, .weights = keeper},
        ReadTinyNetwork);
    EXPECT_NE(fused.engine, nullptr) << fused.reason;
    return std::move(fused.engine);
  };
  const auto first = open(Precision::kF32, &weights);
  const auto second = open(Precision::kF32, &weights);
  EXPECT_EQ(first->info().weights, second->info().weights);
  EXPECT_NE(first->info().weights, open(Precision::kInt8, &weights)->info().weights);
  EXPECT_NE(first->info().weights, open(Precision::kF32, nullptr)->info().weights);
  const Inputs inputs = RandomInputs(first->info(), 2);
  EXPECT_EQ(Predict(*first, inputs), Predict(*second, inputs));
}

TEST(WeightsKeeper, KeepsNothingThatNobodyHas) {
  WeightsKeeper keeper;
  int made = 0;
  const auto get = [&] {
    return keeper.Get<int>("one", [&] { return std::make_shared<const int>(++made); });
  };
  auto first = get();
  EXPECT_EQ(get(), first);
  EXPECT_EQ(made, 1);
  first.reset();
  EXPECT_EQ(*get(), 2);
}

}  // namespace
}  // namespace mouthpiece
