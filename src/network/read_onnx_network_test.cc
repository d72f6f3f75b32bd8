#include "network/read_onnx_network.h"

#include <gtest/gtest.h>

#include <limits>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "mouthpiece/error.h"
#include "network/onnx_graph.h"
#include "support/errors.h"
#include "support/files.h"
#include "support/fixtures.h"

namespace mouthpiece {
namespace {

using testing::Model;

TEST(ReadOnnxNetwork, GivesTheGraphOfAGenerator) {
  const NetworkReading reading = ReadOnnxNetwork(Model("mixture"));
  ASSERT_TRUE(reading.network) << reading.obstacle;
  EXPECT_EQ(reading.network->side, 66);
  EXPECT_EQ(reading.network->audio_shape, (std::array<int, 3>{5, 33, 33}));
  EXPECT_EQ(reading.network->nodes.back().kind, NodeKind::kSigmoid);
  EXPECT_EQ(reading.network->nodes.back().extent, (Extent{3, 66, 66}));
}

TEST(ReadOnnxNetwork, NamesTheOperatorThatItDoesNotKnow) {
  for (const auto& [name, reason] :
       {std::pair("stray_product", "operator Mul (node "),
        std::pair("small", "operator ReduceMean"),
        std::pair("stray_nearest", "not a bilinear doubling with aligned corners")}) {
    const NetworkReading reading = ReadOnnxNetwork(Model(name));
    EXPECT_FALSE(reading.network) << name;
    EXPECT_NE(reading.obstacle.find(reason), std::string::npos) << reading.obstacle;
  }
}

/// Reads the bytes as a file; what is thrown must be an Error of one line.
void ExpectAnAnswer(const testing::TempFolder& folder, const std::string& bytes) {
  const std::filesystem::path path = folder.Write("damaged.onnx", bytes);
  try {
    const NetworkReading reading = ReadOnnxNetwork(path);
    EXPECT_NE(reading.network.has_value(), !reading.obstacle.empty());
  } catch (const Error& error) {
    const std::string what = error.what();
    EXPECT_EQ(error.code(), ErrorCode::kBadPackage) << what;
    EXPECT_TRUE(what.starts_with(path.string() + ": ")) << what;
    EXPECT_EQ(what.find('\n'), std::string::npos) << what;
  }
}

TEST(ReadOnnxNetwork, SurvivesDamagedBytes) {
  const testing::TempFolder folder;
  const std::string whole = testing::ReadFile(Model("mixture"));
  std::mt19937 random(5);
  // Most bytes are weights: the second half of the rounds damages what is none.
  for (size_t round = 0; round < 200; ++round) {
    std::string damaged = whole;
    const size_t most = round < 100 ? damaged.size() : damaged.size() / 20;
    for (int i = 0; i < 4; ++i) damaged[random() % most] = static_cast<char>(random());
    ExpectAnAnswer(folder, damaged);
  }
  for (const size_t size : {size_t{0}, size_t{1}, whole.size() / 2, whole.size() - 1}) {
    ExpectAnAnswer(folder, whole.substr(0, size));
  }
}

/// A field of a message; all that these tests make is shorter than 128 bytes.
std::string Field(int number, const std::string& bytes) {
  return static_cast<char>(number << 3 | 2) + std::string(1, static_cast<char>(bytes.size())) +
         bytes;
}

std::string Node(const std::string& type, const std::string& input, const std::string& output) {
  return Field(1, Field(1, input) + Field(2, output) + Field(4, type));
}

TEST(ParseOnnx, RefusesWhatIsNoGraph) {
  const std::string input = Field(11, Field(1, "x"));
  const auto refused = [](const std::string& graph, const std::string& reason) {
    testing::ExpectError(ErrorCode::kBadPackage, {"a.onnx: not a readable ONNX model: ", reason},
                         [&] { ParseOnnx("a.onnx", Field(7, graph)); });
  };
  refused(input + Node("Relu", "y", "z"), "an input of node z is \"y\", which nothing makes");
  refused(input + Node("Relu", "x", "x"), "\"x\" is made more than once");
  refused(input + Field(12, Field(1, "z")), "an output is \"z\", which nothing makes");
  refused(input + Node("Relu", "z", "y") + Node("Relu", "y", "z"), "which nothing makes");
}

TEST(ParseOnnx, TakesWhatPassesItsInputOnForANameOfIt) {
  const OnnxGraph graph =
      ParseOnnx("a.onnx", Field(7, Field(11, Field(1, "x")) + Node("Identity", "x", "y") +
                                       Node("Dropout", "y", "z") + Field(12, Field(1, "z"))));
  EXPECT_TRUE(graph.nodes.empty());
  EXPECT_EQ(graph.outputs, graph.inputs);
}

/// A node of constants alone.
std::optional<OnnxTensor> Result(OnnxNode node, const std::vector<OnnxTensor>& constants) {
  OnnxGraph graph;
  for (const OnnxTensor& constant : constants) {
    node.inputs.push_back(static_cast<int>(graph.values.size()));
    graph.values.push_back({.name = {}, .node = -1, .type = {}, .shape = {}, .constant = constant});
  }
  return Evaluate(graph, node);
}

OnnxTensor List(std::vector<int64_t> integers) {
  return {"i64", {static_cast<int64_t>(integers.size())}, {}, std::move(integers)};
}

OnnxTensor Scalar(int64_t integer) { return {"i64", {}, {}, {integer}}; }

OnnxNode Operator(const std::string& type) {
  return {.type = type, .name = "n", .inputs = {}, .outputs = {}, .attributes = {}};
}

/// What InferShapes says of a node that takes [2,3,4] (behind a batch of 1) and axes.
std::optional<std::vector<int64_t>> ShapeOfNode(const OnnxNode& node) {
  OnnxGraph graph;
  graph.values.resize(2);
  graph.values[1].node = 0;
  graph.inputs = {0};
  graph.outputs = {1};
  graph.input_ports = {{"f32", std::vector<int64_t>{-1, 2, 3, 4}}};
  graph.output_ports = {{"f32", std::nullopt}};
  graph.nodes = {node};
  graph.nodes[0].inputs = {0};
  graph.nodes[0].outputs = {1};
  InferShapes(graph);
  return graph.values[1].shape;
}

TEST(InferShapes, KnowsNothingOfAxesThatAreNotThere) {
  const auto with_axes = [](const std::string& type, const std::string& name,
                            std::vector<int64_t> axes) {
    OnnxNode node = Operator(type);
    node.attributes[name].integers = std::move(axes);
    return ShapeOfNode(node);
  };
  EXPECT_EQ(with_axes("Transpose", "perm", {0, 3, 1, 2}), (std::vector<int64_t>{1, 4, 2, 3}));
  for (const std::vector<int64_t>& axes : std::vector<std::vector<int64_t>>{
           {0, 9, 1, 2}, {0, -1, 1, 2}, {0, 1, 1, 2}, {0, 1, 2}, {0, 1, 2, 3, 4}, {1, 2, 3, 4}}) {
    EXPECT_EQ(with_axes("Transpose", "perm", axes), std::nullopt);
  }
  EXPECT_EQ(with_axes("Squeeze", "axes", {0}), (std::vector<int64_t>{2, 3, 4}));
  EXPECT_EQ(with_axes("Squeeze", "axes", {4}), std::nullopt);
  EXPECT_EQ(with_axes("Unsqueeze", "axes", {-1}), (std::vector<int64_t>{1, 2, 3, 4, 1}));
  EXPECT_EQ(with_axes("Unsqueeze", "axes", {6}), std::nullopt);
  for (const int64_t axis : {int64_t{5}, int64_t{-5}, std::numeric_limits<int64_t>::min()}) {
    for (const char* const type : {"Concat", "Flatten"}) {
      OnnxNode node = Operator(type);
      node.attributes["axis"].integer = axis;
      EXPECT_EQ(ShapeOfNode(node), std::nullopt) << type << " " << axis;
    }
  }
}

TEST(Evaluate, ComputesSizes) {
  EXPECT_EQ(Result(Operator("Gather"), {List({1, 2, 3}), Scalar(-1)})->integers,
            (std::vector<int64_t>{3}));
  EXPECT_EQ(Result(Operator("Slice"), {List({1, 2, 3}), List({1}), List({99})})->integers,
            (std::vector<int64_t>{2, 3}));
  EXPECT_EQ(Result(Operator("Concat"), {List({1}), List({2, 3})})->integers,
            (std::vector<int64_t>{1, 2, 3}));
  EXPECT_EQ(Result(Operator("Mul"), {List({1, 2}), Scalar(3)})->integers,
            (std::vector<int64_t>{3, 6}));
  EXPECT_EQ(Result(Operator("ConstantOfShape"), {List({2})})->floats, (std::vector<float>{0, 0}));
  const OnnxTensor turned =
      *Result(Operator("Transpose"), {{"i64", {2, 3}, {}, {1, 2, 3, 4, 5, 6}}});
  EXPECT_EQ(turned.shape, (std::vector<int64_t>{3, 2}));
  EXPECT_EQ(turned.integers, (std::vector<int64_t>{1, 4, 2, 5, 3, 6}));
  const OnnxTensor shaped = *Result(Operator("Reshape"), {List({1, 2, 3, 4, 5, 6}), List({-1, 2})});
  EXPECT_EQ(shaped.shape, (std::vector<int64_t>{3, 2}));
  // As PyTorch turns its pads around: rows from the last to the first.
  const OnnxTensor reversed = *Result(
      Operator("Slice"),
      {shaped, List({-1}), List({std::numeric_limits<int64_t>::min()}), List({0}), List({-1})});
  EXPECT_EQ(reversed.integers, (std::vector<int64_t>{5, 6, 3, 4, 1, 2}));
}

TEST(Evaluate, HasNoResultOfWhatHasNone) {
  constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
  EXPECT_FALSE(Result(Operator("Gather"), {List({1}), Scalar(1)}));
  EXPECT_FALSE(Result(Operator("Mul"), {Scalar(kMost), Scalar(2)}));
  EXPECT_FALSE(Result(Operator("Div"), {Scalar(1), Scalar(0)}));
  EXPECT_FALSE(Result(Operator("ConstantOfShape"), {List({kMost, kMost})}));
  EXPECT_FALSE(Result(Operator("Reshape"), {List({1, 2}), List({3})}));
  EXPECT_FALSE(Result(Operator("Unsqueeze"), {List({1, 2}), List({7})}));
  EXPECT_FALSE(Result(Operator("Squeeze"), {List({1, 2}), List({0})}));
  EXPECT_FALSE(Result(Operator("Cast"), {{"f32", {1}, {1e30F}, {}}}));
  EXPECT_FALSE(Result(Operator("Exp"), {List({1})}));
  for (const std::vector<int64_t>& axes :
       std::vector<std::vector<int64_t>>{{0, 9}, {0, -9}, {0}, {0, 1, 2}}) {
    OnnxNode node = Operator("Transpose");
    node.attributes["perm"].integers = axes;
    EXPECT_FALSE(Result(node, {{"i64", {2, 1}, {}, {1, 2}}}));
  }
}

}  // namespace
}  // namespace mouthpiece
