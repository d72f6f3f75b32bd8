#include "network/network_shape.h"

#include <gtest/gtest.h>

#include <limits>

#include "network/read_onnx_network.h"
#include "support/fixtures.h"

namespace mouthpiece {
namespace {

Network ReadModel(const char* name) {
  NetworkReading reading = ReadOnnxNetwork(testing::Model(name));
  EXPECT_TRUE(reading.network) << reading.obstacle;
  return std::move(*reading.network);
}

TEST(NetworkShape, IsTheNetworkButForItsWeights) {
  for (const char* name : {"unet_half", "mixture", "mixture_norms"}) {
    SCOPED_TRACE(name);
    const Network network = ReadModel(name);
    const std::optional<Network> again = NetworkOfShape(ShapeOf(network));
    ASSERT_TRUE(again);
    EXPECT_EQ(again->side, network.side);
    EXPECT_EQ(again->audio_shape, network.audio_shape);
    ASSERT_EQ(again->nodes.size(), network.nodes.size());
    for (size_t i = 0; i < network.nodes.size(); ++i) {
      const Node& a = network.nodes[i];
      const Node& b = again->nodes[i];
      EXPECT_EQ(a.kind, b.kind);
      EXPECT_EQ(a.inputs, b.inputs);
      EXPECT_EQ(a.extent, b.extent);
      EXPECT_EQ(a.convolution.groups, b.convolution.groups);
      EXPECT_EQ(a.convolution.kernel_height, b.convolution.kernel_height);
      EXPECT_EQ(a.convolution.kernel_width, b.convolution.kernel_width);
      EXPECT_EQ(a.convolution.stride_y, b.convolution.stride_y);
      EXPECT_EQ(a.convolution.stride_x, b.convolution.stride_x);
      EXPECT_EQ(a.convolution.top, b.convolution.top);
      EXPECT_EQ(a.convolution.left, b.convolution.left);
      EXPECT_EQ(a.convolution.relu, b.convolution.relu);
      EXPECT_EQ(a.convolution.bias.size(), b.convolution.bias.size());
      EXPECT_TRUE(b.convolution.weights.empty());
    }
  }
}

TEST(NetworkShape, IsNoneThatEndsEarlyOrLate) {
  std::vector<int32_t> shape = ShapeOf(ReadModel("mixture"));
  for (size_t size = 0; size < shape.size(); ++size) {
    EXPECT_FALSE(NetworkOfShape(std::span(shape).first(size))) << size;
  }
  shape.push_back(0);
  EXPECT_FALSE(NetworkOfShape(shape));
}

TEST(NetworkShape, NamesNoNodeThatDoesNotComeBefore) {
  const std::vector<int32_t> shape = ShapeOf(ReadModel("mixture"));
  for (size_t i = 0; i < shape.size(); ++i) {
    for (const int32_t wrong : {-1, 1 << 20, std::numeric_limits<int32_t>::max()}) {
      std::vector<int32_t> changed = shape;
      changed[i] = wrong;
      const std::optional<Network> network = NetworkOfShape(changed);
      if (!network) continue;
      for (size_t node = 0; node < network->nodes.size(); ++node) {
        for (const int input : network->nodes[node].inputs) {
          EXPECT_GE(input, 0);
          EXPECT_LT(input, static_cast<int>(node));
        }
      }
    }
  }
}

}  // namespace
}  // namespace mouthpiece
