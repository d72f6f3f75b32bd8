// Shapes of what a graph's nodes make, with one picture, or window, a batch.
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

#include "network/onnx_axes.h"
#include "network/onnx_graph.h"

namespace mouthpiece {
namespace {

using Shape = std::vector<int64_t>;

/// Thrown and caught in this file only: what a node makes cannot be told.
struct Unknown {};

/// Whether all sizes and their product are numbers that the rest of the program counts with.
bool IsSane(const Shape& shape) {
  int64_t count = 1;
  return shape.size() <= kMostAxes && std::ranges::all_of(shape, [&](int64_t size) {
           return size > 0 && !__builtin_mul_overflow(count, size, &count) &&
                  count <= std::numeric_limits<int32_t>::max();
         });
}

size_t Place(int64_t axis, size_t rank) {
  const std::optional<size_t> place = AxisOf(axis, rank);
  if (!place) throw Unknown{};
  return *place;
}

int64_t Product(Shape::const_iterator begin, Shape::const_iterator end) {
  int64_t product = 1;
  for (; begin != end; ++begin) product *= *begin;
  return product;
}

class Inference {
 public:
  explicit Inference(OnnxGraph& graph) : graph_(graph) {}

  void Run() {
    for (size_t i = 0; i < graph_.inputs.size(); ++i) {
      const Port& port = graph_.input_ports[i];
      if (!port.sizes || port.sizes->empty()) continue;
      Shape shape = *port.sizes;
      shape[0] = 1;
      if (IsSane(shape)) At(graph_.inputs[i]).shape = std::move(shape);
    }
    for (const OnnxNode& node : graph_.nodes) Infer(node);
    DescribeOutputs();
  }

 private:
  OnnxValue& At(int value) const { return graph_.values[static_cast<size_t>(value)]; }

  void Infer(const OnnxNode& node) {
    if (node.outputs.empty() || node.outputs[0] < 0) return;
    OnnxValue& made = At(node.outputs[0]);
    if (node.type == "Shape") {
      if (std::optional<OnnxTensor> sizes = SizesOf(node)) Keep(made, std::move(*sizes));
      return;
    }
    const bool is_constant = std::ranges::all_of(
        node.inputs, [&](int input) { return input < 0 || At(input).constant; });
    if (is_constant) {
      if (std::optional<OnnxTensor> constant = Evaluate(graph_, node)) {
        Keep(made, std::move(*constant));
      }
      return;
    }
    try {
      Shape shape = ShapeOf(node);
      if (!IsSane(shape)) return;
      made.shape = std::move(shape);
      made.type = At(node.inputs[0]).type;
    } catch (const Unknown&) {
    }
  }

  /// Within bounds: a chain of nodes could copy a large constant any number of times.
  void Keep(OnnxValue& made, OnnxTensor constant) {
    constexpr size_t kMostValues = size_t{1} << 24;
    computed_ += constant.floats.size() + constant.integers.size();
    if (computed_ > kMostValues) return;
    made.type = constant.type;
    made.shape = constant.shape;
    made.constant = std::move(constant);
  }

  std::optional<OnnxTensor> SizesOf(const OnnxNode& node) const {
    if (node.Input(0) < 0 || !At(node.inputs[0]).shape) return std::nullopt;
    const Shape& shape = *At(node.inputs[0]).shape;
    const auto rank = static_cast<int64_t>(shape.size());
    const auto clamped = [&](int64_t place) {
      return std::clamp<int64_t>(place < 0 ? place + rank : place, 0, rank);
    };
    const int64_t start = clamped(node.Integer("start", 0));
    const int64_t end = std::max(start, clamped(node.Integer("end", rank)));
    return OnnxTensor{"i64", {end - start}, {}, {shape.begin() + start, shape.begin() + end}};
  }

  const Shape& In(const OnnxNode& node, size_t index) const {
    const int value = node.Input(index);
    if (value < 0 || !At(value).shape) throw Unknown{};
    return *At(value).shape;
  }

  const OnnxTensor& ConstantIn(const OnnxNode& node, size_t index) const {
    const int value = node.Input(index);
    if (value < 0 || !At(value).constant) throw Unknown{};
    return *At(value).constant;
  }

  Shape ShapeOf(const OnnxNode& node) const {
    const std::string& type = node.type;
    if (type == "Conv") return Convolved(node);
    if (type == "Relu" || type == "LeakyRelu" || type == "Sigmoid" || type == "Tanh" ||
        type == "BatchNormalization" || type == "Clip") {
      return In(node, 0);
    }
    if (type == "Add" || type == "Mul" || type == "Sub" || type == "Div") return Broadcast(node);
    if (type == "Concat") return Concatenated(node);
    if (type == "Resize" || type == "Upsample") return Resized(node);
    if (type == "Pad") return Padded(node);
    if (type == "Flatten") return Flattened(node);
    if (type == "Reshape") return Reshaped(node);
    if (type == "Squeeze") return Known(SqueezedShape(In(node, 0), AxesOf(node)));
    if (type == "Unsqueeze") return Known(UnsqueezedShape(In(node, 0), AxesOf(node)));
    if (type == "Transpose") return Transposed(node);
    if (type == "Gemm" || type == "MatMul") return Multiplied(node);
    throw Unknown{};
  }

  Shape Convolved(const OnnxNode& node) const {
    const Shape& x = In(node, 0);
    const Shape& weights = In(node, 1);
    const int64_t groups = node.Integer("group", 1);
    if (x.size() != 4 || weights.size() != 4 || !IsSane(weights) || groups < 1 ||
        weights[0] % groups != 0 || x[1] % groups != 0 || weights[1] != x[1] / groups ||
        (node.Input(2) >= 0 && In(node, 2) != Shape{weights[0]})) {
      throw Unknown{};
    }
    const Shape kernel = node.Integers("kernel_shape");
    if (!kernel.empty() && kernel != Shape{weights[2], weights[3]}) throw Unknown{};
    const std::string pad = node.Text("auto_pad", "NOTSET");
    if (pad != "NOTSET" && !pad.empty()) throw Unknown{};
    const Shape pads = ListOr(node, "pads", {0, 0, 0, 0});
    const Shape strides = ListOr(node, "strides", {1, 1});
    const Shape dilations = ListOr(node, "dilations", {1, 1});
    Shape shape{x[0], weights[0], 0, 0};
    for (size_t i = 0; i < 2; ++i) {
      const int64_t before = pads[i];
      const int64_t behind = pads[i + 2];
      if (!IsSmall(before) || !IsSmall(behind) || !IsSmall(strides[i]) || strides[i] < 1 ||
          !IsSmall(dilations[i]) || dilations[i] < 1) {
        throw Unknown{};
      }
      const int64_t covered = dilations[i] * (weights[2 + i] - 1) + 1;
      const int64_t room = x[2 + i] + before + behind - covered;
      if (room < 0) throw Unknown{};
      shape[2 + i] = room / strides[i] + 1;
    }
    return shape;
  }

  static bool IsSmall(int64_t number) { return number > -(1 << 20) && number < 1 << 20; }

  static Shape ListOr(const OnnxNode& node, const char* attribute, Shape otherwise) {
    Shape list = node.Integers(attribute);
    if (list.empty()) return otherwise;
    if (list.size() != otherwise.size()) throw Unknown{};
    return list;
  }

  Shape Broadcast(const OnnxNode& node) const {
    if (graph_.opset < 7) throw Unknown{};  // an attribute said how
    Shape a = In(node, 0);
    Shape b = In(node, 1);
    if (a.size() < b.size()) std::swap(a, b);
    b.insert(b.begin(), a.size() - b.size(), 1);
    for (size_t i = 0; i < a.size(); ++i) {
      if (a[i] != b[i] && a[i] != 1 && b[i] != 1) throw Unknown{};
      if (a[i] == 1) a[i] = b[i];
    }
    return a;
  }

  Shape Concatenated(const OnnxNode& node) const {
    Shape shape = In(node, 0);
    const size_t axis =
        Place(node.Integer("axis", std::numeric_limits<int64_t>::max()), shape.size());
    for (size_t i = 1; i < node.inputs.size(); ++i) {
      Shape next = In(node, i);
      if (next.size() != shape.size()) throw Unknown{};
      shape[axis] += next[axis];
      next[axis] = shape[axis];
      if (next != shape) throw Unknown{};
    }
    return shape;
  }

  Shape Resized(const OnnxNode& node) const {
    const Shape& from = In(node, 0);
    std::vector<size_t> axes;
    for (const int64_t axis : node.Integers("axes")) axes.push_back(Place(axis, from.size()));
    if (axes.empty()) {
      for (size_t i = 0; i < from.size(); ++i) axes.push_back(i);
    }
    Shape shape = from;
    if (node.type == "Resize" && node.Input(3) >= 0) {
      const OnnxTensor& sizes = ConstantIn(node, 3);
      if (sizes.is_float() || sizes.integers.size() != axes.size()) throw Unknown{};
      for (size_t i = 0; i < axes.size(); ++i) shape[axes[i]] = sizes.integers[i];
      return shape;
    }
    const bool has_region = node.type == "Resize" && graph_.opset >= 11;
    const bool is_old = node.Input(1) < 0 && !has_region;  // opset 7 had them as an attribute
    const std::vector<float> scales =
        is_old ? NumbersOf(node, "scales") : ConstantIn(node, has_region ? 2 : 1).floats;
    if (scales.size() != axes.size()) throw Unknown{};
    for (size_t i = 0; i < axes.size(); ++i) {
      const double size = std::floor(static_cast<double>(shape[axes[i]]) * scales[i]);
      if (!(size >= 1 && size < 1e9)) throw Unknown{};
      shape[axes[i]] = static_cast<int64_t>(size);
    }
    return shape;
  }

  static std::vector<float> NumbersOf(const OnnxNode& node, const char* attribute) {
    const OnnxAttribute* found = node.Find(attribute);
    return found == nullptr ? std::vector<float>() : found->numbers;
  }

  Shape Padded(const OnnxNode& node) const {
    const Shape& from = In(node, 0);
    const bool as_input = node.Input(1) >= 0;  // since opset 11
    const Shape pads = as_input ? ConstantIn(node, 1).integers : node.Integers("pads");
    std::vector<size_t> axes;
    if (node.Input(3) >= 0) {
      for (const int64_t axis : ConstantIn(node, 3).integers) {
        axes.push_back(Place(axis, from.size()));
      }
    } else {
      for (size_t i = 0; i < from.size(); ++i) axes.push_back(i);
    }
    if (pads.size() != 2 * axes.size()) throw Unknown{};
    Shape shape = from;
    for (size_t i = 0; i < axes.size(); ++i) {
      if (!IsSmall(pads[i]) || !IsSmall(pads[i + axes.size()])) throw Unknown{};
      // Moved by what it is padded and cut: none of what this program knows.
      if (pads[i] != 0 && pads[i] == -pads[i + axes.size()]) throw Unknown{};
      shape[axes[i]] += pads[i] + pads[i + axes.size()];
    }
    return shape;
  }

  Shape Flattened(const OnnxNode& node) const {
    const Shape& from = In(node, 0);
    const auto rank = static_cast<int64_t>(from.size());
    int64_t axis = node.Integer("axis", 1);
    if (axis < -rank || axis > rank) throw Unknown{};
    if (axis < 0) axis += rank;
    const auto middle = from.begin() + axis;
    return {Product(from.begin(), middle), Product(middle, from.end())};
  }

  Shape Reshaped(const OnnxNode& node) const {
    const Shape& from = In(node, 0);
    const OnnxTensor& asked = ConstantIn(node, 1);
    if (asked.is_float()) throw Unknown{};
    Shape shape = asked.integers;
    int64_t known = 1;
    for (size_t i = 0; i < shape.size(); ++i) {
      if (shape[i] == 0 && node.Integer("allowzero", 0) == 0) {
        if (i >= from.size()) throw Unknown{};
        shape[i] = from[i];
      }
      if (shape[i] < -1 || shape[i] == 0 ||
          (shape[i] > 0 && __builtin_mul_overflow(known, shape[i], &known))) {
        throw Unknown{};
      }
    }
    const int64_t count = Product(from.begin(), from.end());
    const auto open = std::ranges::find(shape, -1);
    if (open != shape.end()) *open = count / known;
    if (!IsSane(shape) || Product(shape.begin(), shape.end()) != count) throw Unknown{};
    return shape;
  }

  /// An input, or, in old files, an attribute.
  Shape AxesOf(const OnnxNode& node) const {
    return node.Input(1) >= 0 ? ConstantIn(node, 1).integers : node.Integers("axes");
  }

  static Shape Known(const std::optional<Shape>& shape) {
    if (!shape) throw Unknown{};
    return *shape;
  }

  Shape Transposed(const OnnxNode& node) const {
    const Shape& from = In(node, 0);
    Shape order = node.Integers("perm");
    if (order.empty()) {
      for (size_t i = from.size(); i-- > 0;) order.push_back(static_cast<int64_t>(i));
    }
    Shape sorted = order;
    std::ranges::sort(sorted);
    if (order.size() != from.size()) throw Unknown{};
    for (size_t i = 0; i < order.size(); ++i) {
      if (sorted[i] != static_cast<int64_t>(i)) throw Unknown{};
    }
    Shape shape;
    for (const int64_t axis : order) shape.push_back(from[static_cast<size_t>(axis)]);
    return shape;
  }

  /// Of matrices alone.
  Shape Multiplied(const OnnxNode& node) const {
    Shape a = In(node, 0);
    Shape b = In(node, 1);
    if (a.size() != 2 || b.size() != 2) throw Unknown{};
    if (node.type == "Gemm" && node.Integer("transA", 0) != 0) std::swap(a[0], a[1]);
    if (node.type == "Gemm" && node.Integer("transB", 0) != 0) std::swap(b[0], b[1]);
    if (a[1] != b[0]) throw Unknown{};
    return {a[0], b[1]};
  }

  /// The batch is the first input's, whatever that of the shapes is.
  void DescribeOutputs() {
    const auto is_open = [](const Port& port) {
      return !port.sizes || port.sizes->empty() ||
             std::any_of(port.sizes->begin() + 1, port.sizes->end(),
                         [](int64_t size) { return size < 0; });
    };
    if (graph_.inputs.empty() || std::ranges::any_of(graph_.input_ports, is_open)) return;
    for (size_t i = 0; i < graph_.outputs.size(); ++i) {
      const OnnxValue& output = At(graph_.outputs[i]);
      if (!output.shape || output.shape->empty()) continue;
      Port& port = graph_.output_ports[i];
      port = {output.type, output.shape};
      if ((*port.sizes)[0] == 1) (*port.sizes)[0] = (*graph_.input_ports[0].sizes)[0];
    }
  }

  OnnxGraph& graph_;
  size_t computed_ = 0;
};

}  // namespace

void InferShapes(OnnxGraph& graph) { Inference(graph).Run(); }

}  // namespace mouthpiece
