// The fused engine against OpenVINO, network by network.
#include <gtest/gtest.h>

#include <cstdlib>

#include "infer/engine.h"
#include "infer/fused/amx.h"
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

TEST(FusedEngine, IsWithinOneLevelInBFloat16) {
  if (!fused::HasAmx()) GTEST_SKIP() << "this CPU has no AMX";
  for (const std::filesystem::path& path :
       {Model("unet_half"), Model("mixture"), Model("mixture_norms"),
        GeneratorOf(testing::RealPackage())}) {
    if (!std::filesystem::exists(path)) continue;  // the real package may be missing
    const auto [expected, found] = Answers(path, Precision::kBf16);
    EXPECT_LE(MeanDifference(expected, found), 1.0) << path;
    EXPECT_GT(MeanDifference(expected, found), 0.0) << path;
  }
}

class StrayNetwork : public ::testing::TestWithParam<std::pair<const char*, const char*>> {};

TEST_P(StrayNetwork, IsRefusedWithTheReason) {
  const auto& [name, reason] = GetParam();
  const FusedEngineOrReason refused =
      CreateFusedEngine({.model = Model(std::string("stray_") + name)});
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

}  // namespace
}  // namespace mouthpiece
