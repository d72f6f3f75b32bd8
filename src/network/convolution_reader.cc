#include "network/convolution_reader.h"

#include <algorithm>

#include "network/folding.h"

namespace mouthpiece {
namespace {

Extent ExtentOf(const OnnxGraph& graph, const OnnxNode& node, int value) {
  if (value < 0 || !graph.values[static_cast<size_t>(value)].shape) {
    Refuse(node, "sizes that are not known");
  }
  const std::vector<int64_t>& shape = *graph.values[static_cast<size_t>(value)].shape;
  if (shape.size() != 4 || shape[0] != 1) Refuse(node, "not one picture of channels");
  return {static_cast<int>(shape[1]), static_cast<int>(shape[2]), static_cast<int>(shape[3])};
}

const std::vector<float>& Values(const OnnxGraph& graph, const OnnxNode& node, size_t index) {
  const OnnxTensor* constant = ConstantInput(graph, node, index);
  if (constant == nullptr || !constant->is_float()) Refuse(node, "weights that are no constants");
  return constant->floats;
}

/// One value a channel of a constant that is broadcast over [1, channels, height, width].
std::vector<float> ChannelValues(const OnnxGraph& graph, const OnnxNode& node, size_t index,
                                 int channels) {
  std::vector<float> values = Values(graph, node, index);
  const std::vector<int64_t>& shape = ConstantInput(graph, node, index)->shape;
  if (values.size() == 1) return std::vector<float>(static_cast<size_t>(channels), values[0]);
  const size_t place = shape.size() >= 3 ? shape.size() - 3 : shape.size();
  if (values.size() != static_cast<size_t>(channels) || place == shape.size() ||
      shape[place] != channels) {
    Refuse(node, "a constant that is not one value a channel");
  }
  return values;
}

int64_t NumberAt(const std::vector<int64_t>& list, size_t index, int64_t otherwise) {
  return index < list.size() ? list[index] : otherwise;
}

}  // namespace

void Refuse(const OnnxNode& node, const std::string& why) {
  throw OnnxObstacle{Describe(node) + (why.empty() ? "" : ": " + why)};
}

Extent ExtentOfInput(const OnnxGraph& graph, const OnnxNode& node, size_t index) {
  return ExtentOf(graph, node, node.Input(index));
}

Extent ExtentOfOutput(const OnnxGraph& graph, const OnnxNode& node) {
  return ExtentOf(graph, node, node.outputs.empty() ? -1 : node.outputs[0]);
}

const OnnxTensor* ConstantInput(const OnnxGraph& graph, const OnnxNode& node, size_t index) {
  const int value = node.Input(index);
  if (value < 0 || !graph.values[static_cast<size_t>(value)].constant) return nullptr;
  return &*graph.values[static_cast<size_t>(value)].constant;
}

Convolution ReadConvolution(OnnxGraph& graph, const OnnxNode& node) {
  const std::string pad = node.Text("auto_pad", "NOTSET");
  if (pad != "NOTSET" && !pad.empty()) Refuse(node, "automatic padding");
  if (std::ranges::any_of(node.Integers("dilations"), [](int64_t n) { return n != 1; })) {
    Refuse(node, "dilation");
  }
  const Extent extent = ExtentOfOutput(graph, node);  // known: all sizes fit and are small
  const std::vector<float>& weights = Values(graph, node, 1);
  const std::vector<int64_t>& kernel = ConstantInput(graph, node, 1)->shape;
  const std::vector<int64_t> strides = node.Integers("strides");
  const std::vector<int64_t> pads = node.Integers("pads");
  Convolution convolution;
  convolution.groups = static_cast<int>(node.Integer("group", 1));
  convolution.kernel_height = static_cast<int>(kernel[2]);
  convolution.kernel_width = static_cast<int>(kernel[3]);
  convolution.stride_y = static_cast<int>(NumberAt(strides, 0, 1));
  convolution.stride_x = static_cast<int>(NumberAt(strides, 1, 1));
  convolution.top = static_cast<int>(NumberAt(pads, 0, 0));
  convolution.left = static_cast<int>(NumberAt(pads, 1, 0));
  if (convolution.top < 0 || convolution.left < 0) Refuse(node, "negative padding");
  convolution.weights = weights;
  convolution.bias.assign(static_cast<size_t>(extent.channels), 0.0F);
  if (node.Input(2) >= 0) FoldOffset(convolution, Values(graph, node, 2));
  return convolution;
}

void FoldBatchNormalization(const OnnxGraph& graph, const OnnxNode& node, Convolution& before) {
  if (node.Integer("training_mode", 0) != 0 || node.Integer("spatial", 1) != 1 ||
      node.Integer("is_test", 1) != 1) {
    Refuse(node, "of a training");
  }
  const OnnxAttribute* epsilon = node.Find("epsilon");
  const BatchNorm norm{.scale = Values(graph, node, 1),
                       .offset = Values(graph, node, 2),
                       .mean = Values(graph, node, 3),
                       .variance = Values(graph, node, 4),
                       .epsilon = epsilon == nullptr ? 1e-5F : epsilon->number};
  const size_t channels = before.bias.size();
  if (norm.scale.size() != channels || norm.offset.size() != channels ||
      norm.mean.size() != channels || norm.variance.size() != channels) {
    Refuse(node, "statistics that are not one value a channel");
  }
  FoldBatchNorm(before, norm);
}

void FoldElementwise(const OnnxGraph& graph, const OnnxNode& node, size_t constant,
                     Convolution& before) {
  const int channels = ExtentOfOutput(graph, node).channels;
  const std::vector<float> values = ChannelValues(graph, node, constant, channels);
  if (values.size() != before.bias.size()) Refuse(node, "broadcasting");
  if (node.type == "Add") {
    FoldOffset(before, values);
  } else {
    FoldScale(before, values);
  }
}

}  // namespace mouthpiece
