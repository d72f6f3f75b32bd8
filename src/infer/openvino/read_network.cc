#include "infer/openvino/read_network.h"

#include <algorithm>
#include <openvino/op/ops.hpp>
#include <openvino/pass/constant_folding.hpp>
#include <openvino/pass/manager.hpp>
#include <unordered_map>
#include <utility>

#include "base/printable.h"
#include "infer/openvino/generator_model.h"
#include "network/folding.h"

namespace mouthpiece {
namespace {

/// Thrown and caught in this file only: the graph holds what network.h has no word for.
struct Obstacle {
  std::string what;
};

std::string NameOf(const ov::Node& node) {
  return std::string(node.get_type_name()) + " (node " + Printable(node.get_friendly_name()) + ")";
}

[[noreturn]] void Refuse(const ov::Node& node, const std::string& why = "") {
  throw Obstacle{"operator " + NameOf(node) + (why.empty() ? "" : ": " + why)};
}

Extent ExtentOf(const ov::Node& node) {
  const ov::Shape& shape = node.get_output_shape(0);
  if (shape.size() != 4 || shape[0] != 1) Refuse(node, "not one picture of channels");
  return {static_cast<int>(shape[1]), static_cast<int>(shape[2]), static_cast<int>(shape[3])};
}

const ov::op::v0::Constant* ConstantInput(const ov::Node& node, size_t index) {
  return ov::as_type<const ov::op::v0::Constant>(node.get_input_node_ptr(index));
}

std::vector<float> Values(const ov::Node& node, size_t index) {
  const ov::op::v0::Constant* constant = ConstantInput(node, index);
  if (constant == nullptr) Refuse(node, "weights that are no constants");
  return constant->cast_vector<float>();
}

/// One value a channel of a constant that is broadcast over [1, channels, height, width].
std::vector<float> ChannelValues(const ov::Node& node, size_t index, int channels) {
  std::vector<float> values = Values(node, index);
  const ov::Shape& shape = node.get_input_shape(index);
  if (values.size() == 1) return std::vector<float>(static_cast<size_t>(channels), values[0]);
  const size_t place = shape.size() >= 3 ? shape.size() - 3 : shape.size();
  if (values.size() != static_cast<size_t>(channels) || place == shape.size() ||
      shape[place] != values.size()) {
    Refuse(node, "a constant that is not one value a channel");
  }
  return values;
}

class Reader {
 public:
  explicit Reader(const FloatGenerator& generator) : generator_(generator) {}

  Network Read() {
    const ov::Shape visual = generator_.visual.get_shape();
    const ov::Shape audio = generator_.audio.get_shape();
    network_.side = static_cast<int>(visual[2]);
    for (size_t i = 0; i < 3; ++i) network_.audio_shape[i] = static_cast<int>(audio[i + 1]);

    // Only what the picture is made of; shapes are constants by now.
    const auto result = std::make_shared<ov::op::v0::Result>(generator_.output);
    const auto order = ov::topological_sort(ov::NodeVector{result});
    for (const auto& node : order) {
      for (const auto& input : node->input_values()) ++uses_[input.get_node()];
    }
    for (const auto& node : order) {
      if (node != result) Add(*node);
    }
    if (network_.nodes.empty() || places_.at(generator_.output.get_node()) != Last()) {
      throw Obstacle{"an output that is not the last operator"};
    }
    return std::move(network_);
  }

 private:
  int Last() const { return static_cast<int>(network_.nodes.size()) - 1; }

  int Place(const ov::Node& node, size_t input) const {
    const auto place = places_.find(node.get_input_node_ptr(input));
    if (place == places_.end()) Refuse(node, "a constant where a picture was expected");
    return place->second;
  }

  void Append(const ov::Node& node, Node added) {
    added.extent = ExtentOf(node);
    network_.nodes.push_back(std::move(added));
    places_[&node] = Last();
  }

  void Append(const ov::Node& node, NodeKind kind) {
    Node added{.kind = kind, .inputs = {}, .extent = {}, .convolution = {}};
    for (size_t i = 0; i < node.get_input_size(); ++i) added.inputs.push_back(Place(node, i));
    Append(node, std::move(added));
  }

  /// The convolution whose result `node` changes, when nobody else reads that result.
  Convolution* ConvolutionBefore(const ov::Node& node, size_t input) {
    const ov::Node* source = node.get_input_node_ptr(input);
    const auto place = places_.find(source);
    if (place == places_.end() || uses_[source] != 1) return nullptr;
    Node& before = network_.nodes[static_cast<size_t>(place->second)];
    if (before.kind != NodeKind::kConvolution || before.convolution.relu) return nullptr;
    return &before.convolution;
  }

  /// Makes `node` a mere name for what its input has become.
  void Absorb(const ov::Node& node, size_t input) { places_[&node] = Place(node, input); }

  void Add(const ov::Node& node) {
    if (ov::is_type<ov::op::v0::Constant>(&node)) return;
    if (ov::is_type<ov::op::v0::Parameter>(&node)) {
      Append(node, &node == generator_.visual.get_node() ? NodeKind::kVisual : NodeKind::kAudio);
    } else if (const auto* dense = ov::as_type<const ov::op::v1::Convolution>(&node)) {
      AddConvolution(*dense, 1, dense->get_auto_pad());
    } else if (const auto* grouped = ov::as_type<const ov::op::v1::GroupConvolution>(&node)) {
      const auto groups = static_cast<int>(grouped->get_input_shape(1)[0]);
      if (groups != ExtentOf(*node.get_input_node_ptr(0)).channels ||
          groups != ExtentOf(node).channels) {
        Refuse(node, "groups that are not the channels");
      }
      AddConvolution(*grouped, groups, grouped->get_auto_pad());
    } else if (ov::is_type<ov::op::v0::Relu>(&node)) {
      Convolution* before = ConvolutionBefore(node, 0);
      if (before == nullptr) Refuse(node, "not behind a convolution");
      before->relu = true;
      Absorb(node, 0);
    } else if (ov::is_type<ov::op::v1::Add>(&node) || ov::is_type<ov::op::v1::Multiply>(&node)) {
      AddElementwise(node);
    } else if (ov::is_type<ov::op::v5::BatchNormInference>(&node)) {
      AddBatchNorm(node);
    } else if (ov::is_type<ov::op::v0::Concat>(&node)) {
      constexpr int64_t kChannels = 1;
      const int64_t axis = ov::as_type<const ov::op::v0::Concat>(&node)->get_axis();
      if (axis != kChannels && axis + 4 != kChannels) Refuse(node, "axis");  // of four
      Append(node, NodeKind::kConcat);
    } else if (ov::is_type<ov::op::v0::Sigmoid>(&node)) {
      Append(node, NodeKind::kSigmoid);
    } else if (ov::is_type<ov::op::util::InterpolateBase>(&node)) {
      AddUpsample(node);
    } else if (ov::is_type<ov::op::util::PadBase>(&node)) {
      if (node.get_input_shape(0) != node.get_output_shape(0)) Refuse(node, "padding");
      Absorb(node, 0);
    } else {
      Refuse(node);
    }
  }

  template <typename Op>
  void AddConvolution(const Op& node, int groups, ov::op::PadType auto_pad) {
    if (auto_pad != ov::op::PadType::EXPLICIT && auto_pad != ov::op::PadType::NOTSET) {
      Refuse(node, "automatic padding");
    }
    if (node.get_dilations() != ov::Strides{1, 1}) Refuse(node, "dilation");
    const ov::Shape& kernel = node.get_input_shape(1);
    const size_t last = kernel.size();
    Convolution convolution;
    convolution.groups = groups;
    convolution.kernel_height = static_cast<int>(kernel[last - 2]);
    convolution.kernel_width = static_cast<int>(kernel[last - 1]);
    convolution.stride_y = static_cast<int>(node.get_strides()[0]);
    convolution.stride_x = static_cast<int>(node.get_strides()[1]);
    convolution.top = static_cast<int>(node.get_pads_begin()[0]);
    convolution.left = static_cast<int>(node.get_pads_begin()[1]);
    convolution.weights = Values(node, 1);
    convolution.bias.assign(static_cast<size_t>(ExtentOf(node).channels), 0.0F);
    if (convolution.top < 0 || convolution.left < 0) Refuse(node, "negative padding");
    Append(node, {.kind = NodeKind::kConvolution,
                  .inputs = {Place(node, 0)},
                  .extent = {},
                  .convolution = std::move(convolution)});
  }

  void AddElementwise(const ov::Node& node) {
    const bool add = ov::is_type<ov::op::v1::Add>(&node);
    for (const size_t constant : {size_t{0}, size_t{1}}) {
      if (ConstantInput(node, constant) == nullptr) continue;
      Convolution* before = ConvolutionBefore(node, 1 - constant);
      if (before == nullptr) Refuse(node, "a constant not behind a convolution");
      const std::vector<float> values = ChannelValues(node, constant, ExtentOf(node).channels);
      if (add) {
        FoldOffset(*before, values);
      } else {
        FoldScale(*before, values);
      }
      return Absorb(node, 1 - constant);
    }
    if (!add) Refuse(node, "a product of two tensors");
    if (node.get_input_shape(0) != node.get_input_shape(1)) Refuse(node, "broadcasting");
    Append(node, NodeKind::kAdd);
  }

  void AddBatchNorm(const ov::Node& node) {
    Convolution* before = ConvolutionBefore(node, 0);
    if (before == nullptr) Refuse(node, "not behind a convolution");
    const auto* norm = ov::as_type<const ov::op::v5::BatchNormInference>(&node);
    const std::vector<float> scale = Values(node, 1);
    const std::vector<float> offset = Values(node, 2);
    const std::vector<float> mean = Values(node, 3);
    const std::vector<float> variance = Values(node, 4);
    FoldBatchNorm(*before, {.scale = scale,
                            .offset = offset,
                            .mean = mean,
                            .variance = variance,
                            .epsilon = static_cast<float>(norm->get_eps_value())});
    Absorb(node, 0);
  }

  void AddUpsample(const ov::Node& node) {
    using Base = ov::op::util::InterpolateBase;
    const Base::InterpolateAttrs& attributes = ov::as_type<const Base>(&node)->get_attrs();
    const Extent from = ExtentOf(*node.get_input_node_ptr(0));
    const Extent to = ExtentOf(node);
    const bool linear = attributes.mode == Base::InterpolateMode::LINEAR ||
                        attributes.mode == Base::InterpolateMode::LINEAR_ONNX;
    const auto padded = [](const std::vector<size_t>& pads) {
      return std::ranges::any_of(pads, [](size_t pad) { return pad != 0; });
    };
    if (!linear || attributes.antialias || padded(attributes.pads_begin) ||
        padded(attributes.pads_end) ||
        attributes.coordinate_transformation_mode != Base::CoordinateTransformMode::ALIGN_CORNERS ||
        to != Extent{from.channels, 2 * from.height, 2 * from.width}) {
      Refuse(node, "not a bilinear doubling with aligned corners");
    }
    Append(
        node,
        {.kind = NodeKind::kUpsample, .inputs = {Place(node, 0)}, .extent = {}, .convolution = {}});
  }

  const FloatGenerator& generator_;
  Network network_;
  std::unordered_map<const ov::Node*, int> places_;
  std::unordered_map<const ov::Node*, int> uses_;
};

}  // namespace

NetworkReading ReadNetworkWithOpenVino(const std::filesystem::path& path) {
  const FloatGenerator generator = ReadFloatGenerator(path, 0, 1);
  try {
    ov::pass::Manager manager;
    manager.register_pass<ov::pass::ConstantFolding>();
    manager.run_passes(generator.model);
    return {Reader(generator).Read(), ""};
  } catch (const Obstacle& obstacle) {
    return {std::nullopt, obstacle.what};
  }
}

}  // namespace mouthpiece
