#include "network/read_onnx_encoder.h"

#include <algorithm>
#include <array>
#include <limits>
#include <ranges>
#include <unordered_map>
#include <utility>

#include "network/convolution_reader.h"
#include "network/onnx_graph.h"

namespace mouthpiece {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

/// What a value of the graph is: a step's result, its channels (0), rows (1) and columns (2) one
/// inside the other in this order. Reshaping does not change it, transposing does.
struct Place {
  int step = EncoderStep::kWindow;
  std::array<size_t, 3> order{0, 1, 2};
};

float NumberOf(const OnnxNode& node, const char* attribute, float otherwise) {
  const OnnxAttribute* found = node.Find(attribute);
  return found == nullptr ? otherwise : found->number;
}

Pointwise Activation(PointwiseKind kind, float low = 0, float high = 0) {
  return {.kind = kind, .low = low, .high = high, .scale = {}, .offset = {}};
}

class Reader {
 public:
  explicit Reader(OnnxGraph& graph) : graph_(graph) {
    const std::vector<int64_t>& window = ShapeOf(graph.inputs[0]);
    network_.window = {static_cast<int>(window[1]), static_cast<int>(window[2]),
                       static_cast<int>(window[3])};
    places_[graph.inputs[0]] = {};
  }

  EncoderNetwork Read() {
    const int output = graph_.outputs[0];
    const std::vector<int> order = NodesFor(graph_, output);
    ++uses_[output];
    for (const int node : order) {
      for (const int input : At(node).inputs) ++uses_[input];
    }
    for (const int node : order) Add(At(node));
    const auto place = places_.find(output);
    const int last = static_cast<int>(network_.steps.size()) - 1;
    if (place == places_.end() || last < 0 || place->second.step != last ||
        network_.steps.back().extent != Extent{kRow, 1, 1}) {
      throw OnnxObstacle{"an output that is not the row of its last layer"};
    }
    return std::move(network_);
  }

 private:
  static constexpr int kRow = 512;
  static constexpr size_t kMostWeights = size_t{1} << 26;

  const OnnxNode& At(int node) const { return graph_.nodes[static_cast<size_t>(node)]; }

  const std::vector<int64_t>& ShapeOf(int value) const {
    static const std::vector<int64_t> kUnknown;
    if (value < 0) return kUnknown;
    const auto& shape = graph_.values[static_cast<size_t>(value)].shape;
    return shape ? *shape : kUnknown;
  }

  const Place& PlaceOf(const OnnxNode& node, size_t input) const {
    const auto place = places_.find(node.Input(input));
    if (place == places_.end()) Refuse(node, "a constant where a result was expected");
    return place->second;
  }

  std::array<int, 3> SizesOf(const Place& place) const {
    const Extent& extent = network_.ExtentOf(place.step);
    return {extent.channels, extent.height, extent.width};
  }

  /// Whether the value is [1, channels, height, width] of its step.
  bool IsPicture(int value, const Place& place) const {
    const std::array<int, 3> sizes = SizesOf(place);
    size_t before = 0;
    for (const size_t axis : place.order) {  // where axes of one value are does not matter
      if (sizes[axis] == 1) continue;
      if (axis < before) return false;
      before = axis;
    }
    return ShapeOf(value) == std::vector<int64_t>{1, sizes[0], sizes[1], sizes[2]};
  }

  const Place& PictureOf(const OnnxNode& node, size_t input) const {
    const Place& place = PlaceOf(node, input);
    if (!IsPicture(node.Input(input), place)) Refuse(node, "not of a picture of channels");
    return place;
  }

  /// The step whose result `node` changes, when nobody else reads that result.
  EncoderStep& StepBefore(const OnnxNode& node, size_t input) {
    const Place& place = PlaceOf(node, input);
    if (place.step == EncoderStep::kWindow || uses_[node.Input(input)] != 1) {
      Refuse(node, "not behind a layer of its own");
    }
    return network_.steps[static_cast<size_t>(place.step)];
  }

  /// Makes what `node` makes a mere name for what its input has become.
  void Absorb(const OnnxNode& node, size_t input) { Rename(node, input, PlaceOf(node, input)); }

  void Rename(const OnnxNode& node, size_t input, const Place& place) {
    places_[node.outputs[0]] = place;
    // What others read under the old name is not to be changed under the new one.
    if (uses_[node.Input(input)] > 1) ++uses_[node.outputs[0]];
  }

  void Append(const OnnxNode& node, EncoderStep step) {
    network_.steps.push_back(std::move(step));
    places_[node.outputs[0]] = {static_cast<int>(network_.steps.size()) - 1, {0, 1, 2}};
  }

  void Add(const OnnxNode& node) {
    if (node.outputs.empty() || node.outputs[0] < 0) Refuse(node, "no result");
    for (size_t i = 1; i < node.outputs.size(); ++i) {
      if (node.outputs[i] >= 0) Refuse(node, "more than one result");
    }
    if (ShapeOf(node.outputs[0]).empty()) Refuse(node, "sizes that are not known");
    if (node.type == "Conv") {
      AddConvolution(node);
    } else if (node.type == "Gemm" || node.type == "MatMul") {
      AddDense(node);
    } else if (node.type == "BatchNormalization") {
      AddBatchNormalization(node);
    } else if (node.type == "Add" || node.type == "Sub" || node.type == "Mul" ||
               node.type == "Div") {
      AddElementwise(node);
    } else if (node.type == "Relu" || node.type == "LeakyRelu" || node.type == "Clip" ||
               node.type == "Sigmoid" || node.type == "Tanh") {
      AddActivation(node);
    } else if (node.type == "Flatten" || node.type == "Reshape" || node.type == "Squeeze" ||
               node.type == "Unsqueeze") {
      if (ShapeOf(node.outputs[0])[0] != 1) Refuse(node, "across windows");
      Absorb(node, 0);
    } else if (node.type == "Transpose") {
      AddTranspose(node);
    } else {
      Refuse(node);
    }
  }

  /// Each node has weights of its own here, which may be one constant in the file.
  void CountWeights(const OnnxNode& node, size_t values) {
    weights_ += values;
    if (weights_ > kMostWeights) Refuse(node, "more weights than an encoder has");
  }

  void AddConvolution(const OnnxNode& node) {
    const int input = PictureOf(node, 0).step;
    if (const OnnxTensor* weights = ConstantInput(graph_, node, 1)) {
      CountWeights(node, weights->floats.size());
    }
    Convolution convolution = ReadConvolution(graph_, node);
    if (convolution.groups != 1) Refuse(node, "groups");
    Append(node, {.input = input,
                  .residual = EncoderStep::kNone,
                  .convolution = std::move(convolution),
                  .extent = ExtentOfOutput(graph_, node),
                  .after = {}});
  }

  /// A matrix times all of a window's values: a convolution whose kernel covers them.
  void AddDense(const OnnxNode& node) {
    const Place place = PlaceOf(node, 0);
    const std::vector<int64_t>& from = ShapeOf(node.Input(0));
    const OnnxTensor* weights = ConstantInput(graph_, node, 1);
    if (from.size() != 2 || from[0] != 1) Refuse(node, "not of one row a window");
    if (weights == nullptr || !weights->is_float() || weights->shape.size() != 2) {
      Refuse(node, "weights that are no constant matrix");
    }
    if (node.Integer("transA", 0) != 0) Refuse(node, "a transposed row");
    CountWeights(node, weights->floats.size());
    const bool is_transposed = node.type == "Gemm" && node.Integer("transB", 0) != 0;
    const auto inputs = static_cast<size_t>(weights->shape[is_transposed ? 1 : 0]);
    const auto outputs = static_cast<size_t>(weights->shape[is_transposed ? 0 : 1]);
    const std::array<int, 3> sizes = SizesOf(place);
    const float alpha = node.type == "Gemm" ? NumberOf(node, "alpha", 1) : 1;
    Convolution convolution{.kernel_height = sizes[1],
                            .kernel_width = sizes[2],
                            .weights = std::vector<float>(inputs * outputs),
                            .bias = DenseBias(node, outputs)};
    for (size_t k = 0; k < inputs; ++k) {
      std::array<size_t, 3> at{};  // channel, row and column of value k
      size_t rest = k;
      for (const size_t axis : place.order | std::views::reverse) {
        at[axis] = rest % static_cast<size_t>(sizes[axis]);
        rest /= static_cast<size_t>(sizes[axis]);
      }
      const size_t to =
          (at[0] * static_cast<size_t>(sizes[1]) + at[1]) * static_cast<size_t>(sizes[2]) + at[2];
      for (size_t n = 0; n < outputs; ++n) {
        convolution.weights[n * inputs + to] =
            alpha * weights->floats[is_transposed ? n * inputs + k : k * outputs + n];
      }
    }
    Append(node, {.input = place.step,
                  .residual = EncoderStep::kNone,
                  .convolution = std::move(convolution),
                  .extent = {static_cast<int>(outputs), 1, 1},
                  .after = {}});
  }

  std::vector<float> DenseBias(const OnnxNode& node, size_t outputs) const {
    std::vector<float> bias(outputs);
    if (node.type != "Gemm" || node.Input(2) < 0) return bias;
    const OnnxTensor* values = ConstantInput(graph_, node, 2);
    const bool is_one_an_output = values != nullptr && values->floats.size() == outputs &&
                                  !values->shape.empty() &&
                                  values->shape.back() == static_cast<int64_t>(outputs);
    if (values == nullptr || !values->is_float() ||
        (!is_one_an_output && values->floats.size() != 1)) {
      Refuse(node, "a bias that is not one value an output");
    }
    const float beta = NumberOf(node, "beta", 1);
    for (size_t n = 0; n < outputs; ++n) {
      bias[n] = beta * values->floats[values->floats.size() == 1 ? 0 : n];
    }
    return bias;
  }

  static bool IsBare(const EncoderStep& step) {
    return !step.convolution.relu && step.residual == EncoderStep::kNone && step.after.empty();
  }

  void AddBatchNormalization(const OnnxNode& node) {
    PictureOf(node, 0);
    EncoderStep& step = StepBefore(node, 0);
    if (!IsBare(step)) Refuse(node, "not behind a convolution");
    FoldBatchNormalization(graph_, node, step.convolution);
    Absorb(node, 0);
  }

  void AddElementwise(const OnnxNode& node) {
    if (ConstantInput(graph_, node, 1) != nullptr) return AddAffine(node, 0);
    if (ConstantInput(graph_, node, 0) != nullptr) return AddAffine(node, 1);
    if (node.type != "Add") Refuse(node, "of two results");
    if (ShapeOf(node.Input(0)) != ShapeOf(node.Input(1)) ||
        ShapeOf(node.Input(0)) != ShapeOf(node.outputs[0])) {
      Refuse(node, "broadcasting");
    }
    // The later one takes the earlier one in.
    const size_t later = PlaceOf(node, 0).step > PlaceOf(node, 1).step ? 0 : 1;
    const Place& earlier = PictureOf(node, 1 - later);
    PictureOf(node, later);
    EncoderStep& step = StepBefore(node, later);
    if (!IsBare(step) || earlier.step == EncoderStep::kWindow ||
        earlier.step == PlaceOf(node, later).step) {
      Refuse(node, "not of a convolution and what was before it");
    }
    step.residual = earlier.step;
    Absorb(node, later);
  }

  /// A constant and a result, which is input `result`.
  void AddAffine(const OnnxNode& node, size_t result) {
    const OnnxTensor& constant = *ConstantInput(graph_, node, 1 - result);
    EncoderStep& step = StepBefore(node, result);
    const auto channels = static_cast<size_t>(step.extent.channels);
    const bool is_alone = constant.floats.size() == 1 && constant.shape.size() <= 4;
    if (!constant.is_float() || ShapeOf(node.outputs[0]) != ShapeOf(node.Input(result)) ||
        (!is_alone && !IsOneAChannel(constant, node, result, channels))) {
      Refuse(node, "a constant that is not one value a channel");
    }
    Pointwise affine = Activation(PointwiseKind::kAffine);
    affine.scale.assign(channels, 1.0F);
    affine.offset.assign(channels, 0.0F);
    for (size_t c = 0; c < channels; ++c) {
      const float value = constant.floats[is_alone ? 0 : c];
      if (node.type == "Add") affine.offset[c] = value;
      if (node.type == "Mul") affine.scale[c] = value;
      if (node.type == "Sub") {
        affine.offset[c] = result == 0 ? -value : value;
        affine.scale[c] = result == 0 ? 1.0F : -1.0F;
      }
      if (node.type == "Div") {
        if (result != 0) Refuse(node, "by a result");
        affine.scale[c] = 1.0F / value;
      }
    }
    step.after.push_back(std::move(affine));
    Absorb(node, result);
  }

  bool IsOneAChannel(const OnnxTensor& constant, const OnnxNode& node, size_t result,
                     size_t channels) const {
    if (constant.floats.size() != channels) return false;
    const Place& place = PlaceOf(node, result);
    const std::array<int, 3> sizes = SizesOf(place);
    const size_t rank = ShapeOf(node.Input(result)).size();
    // Of the last axis, which is that of the channels; or of the third from the end of a picture.
    if (sizes[1] * sizes[2] == 1 && rank == 2) return constant.shape.back() > 1;
    return IsPicture(node.Input(result), place) && constant.shape.size() >= 3 &&
           constant.shape[constant.shape.size() - 3] == static_cast<int64_t>(channels);
  }

  void AddActivation(const OnnxNode& node) {
    EncoderStep& step = StepBefore(node, 0);
    if (node.type == "Relu" && step.after.empty()) {
      step.convolution.relu = true;
    } else {
      step.after.push_back(ActivationOf(node));
    }
    Absorb(node, 0);
  }

  Pointwise ActivationOf(const OnnxNode& node) const {
    if (node.type == "Relu") return Activation(PointwiseKind::kClip, 0, kInfinity);
    if (node.type == "Clip") {
      return Activation(PointwiseKind::kClip, Bound(node, 1, "min", -kInfinity),
                        Bound(node, 2, "max", kInfinity));
    }
    if (node.type == "LeakyRelu") {
      return Activation(PointwiseKind::kLeaky, NumberOf(node, "alpha", 0.01F));
    }
    return Activation(node.type == "Tanh" ? PointwiseKind::kTanh : PointwiseKind::kSigmoid);
  }

  /// One of Clip's, an input or, in old files, an attribute.
  float Bound(const OnnxNode& node, size_t input, const char* attribute, float otherwise) const {
    if (node.Input(input) < 0) return NumberOf(node, attribute, otherwise);
    const OnnxTensor* constant = ConstantInput(graph_, node, input);
    if (constant == nullptr || !constant->is_float() || constant->floats.size() != 1) {
      Refuse(node, "bounds that are no constants");
    }
    return constant->floats[0];
  }

  void AddTranspose(const OnnxNode& node) {
    Place place = PlaceOf(node, 0);
    const std::array<int, 3> sizes = SizesOf(place);
    const std::vector<int64_t> axes = node.Integers("perm");
    const std::vector<int64_t> expected{1, sizes[place.order[0]], sizes[place.order[1]],
                                        sizes[place.order[2]]};
    if (ShapeOf(node.Input(0)) != expected || axes.size() != 4 || axes[0] != 0) {
      Refuse(node, "axes");
    }
    const std::array<size_t, 3> before = place.order;
    for (size_t i = 0; i < 3; ++i) place.order[i] = before[static_cast<size_t>(axes[i + 1]) - 1];
    Rename(node, 0, place);
  }

  OnnxGraph& graph_;
  EncoderNetwork network_;
  size_t weights_ = 0;
  std::unordered_map<int, Place> places_;  // of values
  std::unordered_map<int, int> uses_;      // of values
};

}  // namespace

EncoderReading ReadOnnxEncoder(const std::filesystem::path& path) {
  OnnxGraph graph = ReadOnnxGraph(path);
  if (HasOpenOutput(graph)) return {std::nullopt, "an output whose sizes are not known"};
  RequireEncoderPorts(path, graph.input_ports, graph.output_ports);
  try {
    return {Reader(graph).Read(), ""};
  } catch (const OnnxObstacle& obstacle) {
    return {std::nullopt, obstacle.what};
  }
}

}  // namespace mouthpiece
