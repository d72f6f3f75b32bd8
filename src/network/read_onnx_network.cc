#include "network/read_onnx_network.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "mouthpiece/error.h"
#include "network/convolution_reader.h"
#include "network/onnx_graph.h"

namespace mouthpiece {
namespace {

class Reader {
 public:
  Reader(OnnxGraph& graph, int visual, int audio, int output)
      : graph_(graph), visual_(visual), audio_(audio), output_(output) {}

  Network Read(const std::vector<int>& order) {
    ++uses_[output_];
    for (const int node : order) {
      for (const int input : At(node).inputs) ++uses_[input];
    }
    const std::vector<int64_t>& picture = *graph_.values[static_cast<size_t>(visual_)].shape;
    const std::vector<int64_t>& window = *graph_.values[static_cast<size_t>(audio_)].shape;
    network_.side = static_cast<int>(picture[2]);
    for (size_t i = 0; i < 3; ++i) network_.audio_shape[i] = static_cast<int>(window[i + 1]);
    for (const int node : order) {
      for (const int input : At(node).inputs) {
        if (input == visual_) AppendInput(visual_, NodeKind::kVisual);
        if (input == audio_) AppendInput(audio_, NodeKind::kAudio);
      }
      Add(At(node));
    }
    const auto place = places_.find(output_);
    if (place == places_.end() || place->second != Last()) {
      throw OnnxObstacle{"an output that is not the last operator"};
    }
    return std::move(network_);
  }

 private:
  const OnnxNode& At(int node) const { return graph_.nodes[static_cast<size_t>(node)]; }
  int Last() const { return static_cast<int>(network_.nodes.size()) - 1; }

  int Place(const OnnxNode& node, size_t input) const {
    const auto place = places_.find(node.Input(input));
    if (place == places_.end()) Refuse(node, "a constant where a picture was expected");
    return place->second;
  }

  void AppendInput(int value, NodeKind kind) {
    if (places_.contains(value)) return;
    const std::vector<int64_t>& shape = *graph_.values[static_cast<size_t>(value)].shape;
    network_.nodes.push_back({.kind = kind,
                              .inputs = {},
                              .extent = {static_cast<int>(shape[1]), static_cast<int>(shape[2]),
                                         static_cast<int>(shape[3])},
                              .convolution = {}});
    places_[value] = Last();
  }

  void Append(const OnnxNode& node, Node added) {
    added.extent = ExtentOfOutput(graph_, node);
    network_.nodes.push_back(std::move(added));
    places_[node.outputs[0]] = Last();
  }

  /// Of all its inputs.
  void Append(const OnnxNode& node, NodeKind kind) {
    Node added{.kind = kind, .inputs = {}, .extent = {}, .convolution = {}};
    for (size_t i = 0; i < node.inputs.size(); ++i) added.inputs.push_back(Place(node, i));
    Append(node, std::move(added));
  }

  /// The convolution whose result `node` changes, when nobody else reads that result.
  Convolution& ConvolutionBefore(const OnnxNode& node, size_t input, const char* otherwise) {
    const int source = node.Input(input);
    const auto place = places_.find(source);
    if (place == places_.end() || uses_[source] != 1) Refuse(node, otherwise);
    Node& before = network_.nodes[static_cast<size_t>(place->second)];
    if (before.kind != NodeKind::kConvolution || before.convolution.relu) Refuse(node, otherwise);
    return before.convolution;
  }

  /// Makes what `node` makes a mere name for what its input has become.
  void Absorb(const OnnxNode& node, size_t input) { places_[node.outputs[0]] = Place(node, input); }

  void Add(const OnnxNode& node) {
    if (node.outputs.empty() || node.outputs[0] < 0) Refuse(node, "no result");
    for (size_t i = 1; i < node.outputs.size(); ++i) {
      if (node.outputs[i] >= 0) Refuse(node, "more than one result");
    }
    if (node.type == "Conv") {
      AddConvolution(node);
    } else if (node.type == "Relu") {
      ConvolutionBefore(node, 0, "not behind a convolution").relu = true;
      Absorb(node, 0);
    } else if (node.type == "Add" || node.type == "Mul") {
      AddElementwise(node);
    } else if (node.type == "BatchNormalization") {
      Convolution& before = ConvolutionBefore(node, 0, "not behind a convolution");
      FoldBatchNormalization(graph_, node, before);
      Absorb(node, 0);
    } else if (node.type == "Concat") {
      const int64_t axis = node.Integer("axis", 0);
      if (axis != 1 && axis != -3) Refuse(node, "axis");  // of four
      Append(node, NodeKind::kConcat);
    } else if (node.type == "Sigmoid") {
      Append(node, NodeKind::kSigmoid);
    } else if (node.type == "Resize" || node.type == "Upsample") {
      AddUpsample(node);
    } else if (node.type == "Pad") {
      if (ExtentOfInput(graph_, node, 0) != ExtentOfOutput(graph_, node)) Refuse(node, "padding");
      Absorb(node, 0);
    } else {
      Refuse(node);
    }
  }

  void AddConvolution(const OnnxNode& node) {
    Convolution convolution = ReadConvolution(graph_, node);
    const Extent from = ExtentOfInput(graph_, node, 0);
    if (convolution.groups != 1 && (convolution.groups != from.channels ||
                                    convolution.groups != ExtentOfOutput(graph_, node).channels)) {
      Refuse(node, "groups that are not the channels");
    }
    Append(node, {.kind = NodeKind::kConvolution,
                  .inputs = {Place(node, 0)},
                  .extent = {},
                  .convolution = std::move(convolution)});
  }

  void AddElementwise(const OnnxNode& node) {
    for (const size_t constant : {size_t{0}, size_t{1}}) {
      if (ConstantInput(graph_, node, constant) == nullptr) continue;
      Convolution& before =
          ConvolutionBefore(node, 1 - constant, "a constant not behind a convolution");
      FoldElementwise(graph_, node, constant, before);
      return Absorb(node, 1 - constant);
    }
    if (node.type == "Mul") Refuse(node, "a product of two tensors");
    if (ExtentOfInput(graph_, node, 0) != ExtentOfInput(graph_, node, 1)) {
      Refuse(node, "broadcasting");
    }
    Append(node, NodeKind::kAdd);
  }

  void AddUpsample(const OnnxNode& node) {
    const Extent from = ExtentOfInput(graph_, node, 0);
    const Extent to = ExtentOfOutput(graph_, node);
    if (node.Text("mode", "nearest") != "linear" ||
        node.Text("coordinate_transformation_mode", "half_pixel") != "align_corners" ||
        node.Integer("antialias", 0) != 0 ||
        node.Text("keep_aspect_ratio_policy", "stretch") != "stretch" ||
        to != Extent{from.channels, 2 * from.height, 2 * from.width}) {
      Refuse(node, "not a bilinear doubling with aligned corners");
    }
    Append(
        node,
        {.kind = NodeKind::kUpsample, .inputs = {Place(node, 0)}, .extent = {}, .convolution = {}});
  }

  OnnxGraph& graph_;
  const int visual_;
  const int audio_;
  const int output_;
  Network network_;
  std::unordered_map<int, int> places_;  // of values: nodes of the network
  std::unordered_map<int, int> uses_;    // of values
};

}  // namespace

NetworkReading ReadOnnxNetwork(const std::filesystem::path& path) {
  OnnxGraph graph = ReadOnnxGraph(path);
  if (HasOpenOutput(graph)) return {std::nullopt, "an output whose sizes are not known"};
  const GeneratorPorts ports = FindGeneratorPorts(path, graph.input_ports, graph.output_ports);
  const int visual = graph.inputs[ports.visual];
  const int audio = graph.inputs[ports.audio];
  const int output = graph.outputs[ports.output];
  const std::vector<int> order = NodesFor(graph, output);
  const auto reaches = [&](int input) {
    return std::ranges::any_of(order, [&](int node) {
      const std::vector<int>& inputs = graph.nodes[static_cast<size_t>(node)].inputs;
      return std::ranges::find(inputs, input) != inputs.end();
    });
  };
  for (const auto& [input, name] : {std::pair(audio, "audio"), std::pair(visual, "pictures")}) {
    if (reaches(input)) continue;
    throw Error(ErrorCode::kBadPackage,
                path.string() + ": the output does not depend on the " + name);
  }
  try {
    for (const int input : {visual, audio}) {
      if (!graph.values[static_cast<size_t>(input)].shape) throw OnnxObstacle{"inputs too large"};
    }
    return {Reader(graph, visual, audio, output).Read(order), ""};
  } catch (const OnnxObstacle& obstacle) {
    return {std::nullopt, obstacle.what};
  }
}

}  // namespace mouthpiece
