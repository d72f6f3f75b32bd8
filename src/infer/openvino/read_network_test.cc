// OpenVINO's reading of files against the program's own: the same networks, the same refusals.
#include "infer/openvino/read_network.h"

#include <gtest/gtest.h>

#include <string>

#include "infer/fused/fused_engine.h"
#include "mouthpiece/error.h"
#include "network/read_onnx_network.h"
#include "support/fixtures.h"
#include "support/network_inputs.h"

namespace mouthpiece {
namespace {

using testing::Model;
namespace fs = std::filesystem;

void ExpectSame(const Convolution& a, const Convolution& b) {
  EXPECT_EQ(a.groups, b.groups);
  EXPECT_EQ(a.kernel_height, b.kernel_height);
  EXPECT_EQ(a.kernel_width, b.kernel_width);
  EXPECT_EQ(a.stride_y, b.stride_y);
  EXPECT_EQ(a.stride_x, b.stride_x);
  EXPECT_EQ(a.top, b.top);
  EXPECT_EQ(a.left, b.left);
  EXPECT_EQ(a.relu, b.relu);
  EXPECT_TRUE(a.weights == b.weights);  // every bit: none is NaN
  EXPECT_TRUE(a.bias == b.bias);
}

/// Node for node: their plans, and what engines make of them, are then the same.
/// OpenVINO reads `reference`, if that is given, instead of `path`.
void ExpectBothRead(const fs::path& path, const fs::path& reference = {}) {
  SCOPED_TRACE(path.string());
  const NetworkReading expected = ReadNetworkWithOpenVino(reference.empty() ? path : reference);
  const NetworkReading found = ReadOnnxNetwork(path);
  ASSERT_TRUE(expected.network) << expected.obstacle;
  ASSERT_TRUE(found.network) << found.obstacle;
  EXPECT_EQ(found.network->side, expected.network->side);
  EXPECT_EQ(found.network->audio_shape, expected.network->audio_shape);
  ASSERT_EQ(found.network->nodes.size(), expected.network->nodes.size());
  for (size_t i = 0; i < expected.network->nodes.size(); ++i) {
    SCOPED_TRACE(i);
    const Node& a = expected.network->nodes[i];
    const Node& b = found.network->nodes[i];
    EXPECT_EQ(a.kind, b.kind);
    EXPECT_EQ(a.inputs, b.inputs);
    EXPECT_EQ(a.extent, b.extent);
    ExpectSame(a.convolution, b.convolution);
    if (::testing::Test::HasFailure()) return;
  }
}

TEST(Readers, GiveTheSameNetworks) {
  for (const char* name : {"unet_thin", "unet_half", "mixture", "mixture_norms"}) {
    ExpectBothRead(Model(name));
  }
}

TEST(Readers, GiveTheSameNetworksHoweverTheyWereExported) {
  int count = 0;
  for (const auto& entry : fs::directory_iterator(testing::Models() / "exported")) {
    if (entry.path().extension() != ".onnx") continue;
    // OpenVINO keeps an Identity, so that its reader refuses what holds one.
    const std::string name = entry.path().stem().string();
    const bool is_refused = name.ends_with("with_identities");
    if (is_refused) {
      EXPECT_FALSE(ReadNetworkWithOpenVino(entry.path()).network) << name;
    }
    ExpectBothRead(
        entry.path(),
        is_refused ? Model(name.starts_with("thin") ? "unet_thin" : "mixture_norms") : fs::path());
    ++count;
  }
  EXPECT_EQ(count, 14);
}

TEST(Readers, GiveTheSameNetworkOfTheDemo) {
  ExpectBothRead(testing::GeneratorOf(MOUTHPIECE_DEMO));
}

TEST(Readers, GiveTheSameNetworkOfARealAvatar) {
  const fs::path path = testing::GeneratorOf(testing::RealPackage());
  if (!fs::exists(path)) GTEST_SKIP() << path << " is missing";
  ExpectBothRead(path);
}

TEST(Readers, GiveTheFusedEngineTheSamePictures) {
  const auto open = [](NetworkReader read) {
    return CreateFusedEngine({.model = Model("unet_thin"), .precision = Precision::kF32}, read);
  };
  const FusedEngineOrReason expected = open(ReadNetworkWithOpenVino);
  const FusedEngineOrReason found = open(ReadOnnxNetwork);
  ASSERT_NE(expected.engine, nullptr);
  ASSERT_NE(found.engine, nullptr);
  const testing::Inputs inputs = testing::RandomInputs(expected.engine->info(), 2);
  EXPECT_EQ(testing::Predict(*expected.engine, inputs), testing::Predict(*found.engine, inputs));
}

TEST(Readers, RefuseTheSameNetworks) {
  for (const char* name : {"small", "wild", "stray_product", "stray_nearest"}) {
    EXPECT_FALSE(ReadOnnxNetwork(Model(name)).network) << name;
    EXPECT_FALSE(ReadNetworkWithOpenVino(Model(name)).network) << name;
  }
}

std::string ErrorOf(NetworkReader read, const fs::path& path) {
  try {
    const NetworkReading reading = read(path);
    return reading.network ? "none" : "an obstacle";
  } catch (const Error& error) {
    return error.what();
  }
}

TEST(Readers, SayTheSameOfFilesThatAreNoGenerators) {
  for (const auto& entry : fs::directory_iterator(testing::Models() / "wrong")) {
    if (!entry.is_regular_file()) continue;
    const std::string expected = ErrorOf(ReadNetworkWithOpenVino, entry.path());
    // It is an operator's sizes that tie this one to its batch, and a reader need not know that.
    const bool is_tied = entry.path().stem() == "batches_disagree";
    EXPECT_EQ(ErrorOf(ReadOnnxNetwork, entry.path()), is_tied ? "an obstacle" : expected);
  }
}

}  // namespace
}  // namespace mouthpiece
