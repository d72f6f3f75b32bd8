// The one place that includes ONNX's protocol buffers.
#include <onnx/onnx_pb.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <unordered_map>
#include <utility>

#include "base/printable.h"
#include "mouthpiece/error.h"
#include "network/onnx_graph.h"

namespace mouthpiece {
namespace {

using onnx::TensorProto;

/// Thrown and caught in this file only.
struct Damage {
  std::string what;
};

/// "f32"; empty: a type that no network here has.
std::string TypeName(int type) {
  switch (type) {
    case TensorProto::FLOAT:
      return "f32";
    case TensorProto::DOUBLE:
      return "f64";
    case TensorProto::FLOAT16:
      return "f16";
    case TensorProto::BFLOAT16:
      return "bf16";
    case TensorProto::INT8:
      return "i8";
    case TensorProto::INT16:
      return "i16";
    case TensorProto::INT32:
      return "i32";
    case TensorProto::INT64:
      return "i64";
    case TensorProto::UINT8:
      return "u8";
    case TensorProto::UINT16:
      return "u16";
    case TensorProto::UINT32:
      return "u32";
    case TensorProto::UINT64:
      return "u64";
    case TensorProto::BOOL:
      return "boolean";
    case TensorProto::STRING:
      return "string";
    default:
      return "";
  }
}

float FloatOfHalf(uint16_t bits) {
  const int exponent = bits >> 10 & 31;
  const int fraction = bits & 1023;
  float value = 0;
  if (exponent == 31) {
    value = fraction == 0 ? std::numeric_limits<float>::infinity()
                          : std::numeric_limits<float>::quiet_NaN();
  } else {
    value = exponent == 0 ? std::ldexp(static_cast<float>(fraction), -24)
                          : std::ldexp(static_cast<float>(fraction + 1024), exponent - 25);
  }
  return (bits & 0x8000) != 0 ? -value : value;
}

float FloatOfBFloat16(uint16_t bits) { return std::bit_cast<float>(uint32_t{bits} << 16); }

/// `raw` as values of `Stored`, each through `convert`.
template <typename Stored, typename Value, typename Convert>
void TakeRaw(const std::string& raw, std::vector<Value>& values, Convert convert) {
  values.resize(raw.size() / sizeof(Stored));
  for (size_t i = 0; i < values.size(); ++i) {
    Stored stored;
    std::memcpy(&stored, raw.data() + i * sizeof(Stored), sizeof(Stored));
    values[i] = convert(stored);
  }
}

template <typename Value, typename List, typename Convert>
void TakeList(const List& list, std::vector<Value>& values, Convert convert) {
  values.reserve(static_cast<size_t>(list.size()));
  for (const auto stored : list) values.push_back(convert(stored));
}

float ToFloat(double value) { return static_cast<float>(value); }
int64_t ToInteger(int64_t value) { return value; }

/// A tensor's values; none of types that no network here has. Empties the tensor.
std::optional<OnnxTensor> Decode(TensorProto& tensor) {
  OnnxTensor decoded;
  decoded.type = TypeName(tensor.data_type());
  uint64_t count = 1;
  for (const int64_t size : tensor.dims()) {
    if (size < 0 || __builtin_mul_overflow(count, static_cast<uint64_t>(size), &count)) {
      throw Damage{"tensor \"" + tensor.name() + "\" has no such shape"};
    }
    decoded.shape.push_back(size);
  }
  const bool is_raw = tensor.has_raw_data();
  const std::string raw = is_raw ? std::move(*tensor.mutable_raw_data()) : "";
  const auto half = [](auto bits) { return FloatOfHalf(static_cast<uint16_t>(bits)); };
  const auto brain = [](auto bits) { return FloatOfBFloat16(static_cast<uint16_t>(bits)); };
  switch (tensor.data_type()) {
    case TensorProto::FLOAT:
      if (is_raw) TakeRaw<float>(raw, decoded.floats, std::identity());
      if (!is_raw) TakeList(tensor.float_data(), decoded.floats, std::identity());
      break;
    case TensorProto::DOUBLE:
      if (is_raw) TakeRaw<double>(raw, decoded.floats, ToFloat);
      if (!is_raw) TakeList(tensor.double_data(), decoded.floats, ToFloat);
      break;
    case TensorProto::FLOAT16:
      if (is_raw) TakeRaw<uint16_t>(raw, decoded.floats, half);
      if (!is_raw) TakeList(tensor.int32_data(), decoded.floats, half);
      break;
    case TensorProto::BFLOAT16:
      if (is_raw) TakeRaw<uint16_t>(raw, decoded.floats, brain);
      if (!is_raw) TakeList(tensor.int32_data(), decoded.floats, brain);
      break;
    case TensorProto::INT64:
      if (is_raw) TakeRaw<int64_t>(raw, decoded.integers, ToInteger);
      if (!is_raw) TakeList(tensor.int64_data(), decoded.integers, ToInteger);
      break;
    case TensorProto::INT32:
      if (is_raw) TakeRaw<int32_t>(raw, decoded.integers, ToInteger);
      if (!is_raw) TakeList(tensor.int32_data(), decoded.integers, ToInteger);
      break;
    case TensorProto::BOOL:
      if (is_raw) TakeRaw<uint8_t>(raw, decoded.integers, ToInteger);
      if (!is_raw) TakeList(tensor.int32_data(), decoded.integers, ToInteger);
      break;
    default:
      return std::nullopt;
  }
  const size_t found = decoded.floats.size() + decoded.integers.size();
  if (found != count) {
    throw Damage{"tensor \"" + tensor.name() + "\" of " + std::to_string(count) + " values holds " +
                 std::to_string(found)};
  }
  return decoded;
}

Port PortOf(const onnx::ValueInfoProto& declared) {
  const onnx::TypeProto& type = declared.type();
  if (!type.has_tensor_type()) return {"dynamic", std::nullopt};
  Port port{TypeName(type.tensor_type().elem_type()), std::nullopt};
  if (port.type.empty()) port.type = "dynamic";
  if (!type.tensor_type().has_shape()) return port;
  port.sizes.emplace();
  for (const auto& size : type.tensor_type().shape().dim()) {
    port.sizes->push_back(size.has_dim_value() ? std::max<int64_t>(size.dim_value(), -1) : -1);
  }
  return port;
}

class Parser {
 public:
  OnnxGraph Parse(const std::string& bytes) {
    onnx::ModelProto model;
    if (bytes.size() > static_cast<size_t>(std::numeric_limits<int>::max()) ||
        !model.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
      throw Damage{"its protocol buffers are damaged"};
    }
    for (const auto& opset : model.opset_import()) {
      if (opset.domain().empty() || opset.domain() == "ai.onnx") graph_.opset = opset.version();
    }
    onnx::GraphProto& graph = *model.mutable_graph();
    for (TensorProto& tensor : *graph.mutable_initializer()) AddConstant(tensor.name(), tensor);
    for (const auto& input : graph.input()) {
      if (names_.contains(input.name())) continue;  // an initializer that is declared as an input
      graph_.input_ports.push_back(PortOf(input));
      graph_.inputs.push_back(AddValue(input.name(), -1));
      graph_.values.back().type = graph_.input_ports.back().type;
    }
    for (onnx::NodeProto& node : *graph.mutable_node()) AddNode(node);
    for (const auto& output : graph.output()) {
      graph_.output_ports.push_back(PortOf(output));
      graph_.outputs.push_back(Named(output.name(), "an output"));
    }
    return std::move(graph_);
  }

 private:
  int AddValue(const std::string& name, int node) {
    const auto value = static_cast<int>(graph_.values.size());
    graph_.values.push_back({.name = name, .node = node, .type = {}, .shape = {}, .constant = {}});
    Name(name, value);
    return value;
  }

  void Name(const std::string& name, int value) {
    if (!names_.emplace(name, value).second) {
      throw Damage{"\"" + name + "\" is made more than once"};
    }
  }

  void AddConstant(const std::string& name, TensorProto& tensor) {
    const int value = AddValue(name, -1);
    graph_.values[static_cast<size_t>(value)].constant = Decode(tensor);
  }

  int Named(const std::string& name, const std::string& user) const {
    const auto value = names_.find(name);
    if (value == names_.end()) throw Damage{user + " is \"" + name + "\", which nothing makes"};
    return value->second;
  }

  void AddNode(onnx::NodeProto& node) {
    const bool is_onnx = node.domain().empty() || node.domain() == "ai.onnx";
    if (is_onnx && node.op_type() == "Constant" && AddConstantNode(node)) return;
    OnnxNode added;
    added.type = is_onnx ? node.op_type() : node.domain() + "." + node.op_type();
    for (const std::string& output : node.output()) {
      if (added.name.empty()) added.name = output;
    }
    if (!node.name().empty()) added.name = node.name();
    for (const std::string& input : node.input()) {
      added.inputs.push_back(input.empty() ? -1 : Named(input, "an input of node " + added.name));
    }
    if (IsNothing(added) && node.output_size() > 0 && !node.output(0).empty()) {
      Name(node.output(0), added.inputs[0]);
      return;
    }
    for (const std::string& output : node.output()) {
      added.outputs.push_back(
          output.empty() ? -1 : AddValue(output, static_cast<int>(graph_.nodes.size())));
    }
    for (onnx::AttributeProto& attribute : *node.mutable_attribute()) {
      added.attributes[attribute.name()] = {
          .integer = attribute.i(),
          .number = attribute.f(),
          .text = attribute.s(),
          .integers = {attribute.ints().begin(), attribute.ints().end()},
          .numbers = {attribute.floats().begin(), attribute.floats().end()},
          .tensor = attribute.has_t() ? Decode(*attribute.mutable_t()) : std::nullopt};
    }
    graph_.nodes.push_back(std::move(added));
  }

  /// Whether the node passes its input on. Dropout does but in training, which its third input
  /// says.
  static bool IsNothing(const OnnxNode& node) {
    return node.Input(0) >= 0 &&
           (node.type == "Identity" || (node.type == "Dropout" && node.Input(2) < 0));
  }

  bool AddConstantNode(onnx::NodeProto& node) {
    if (node.attribute_size() != 1 || node.output_size() != 1) return false;
    onnx::AttributeProto& attribute = *node.mutable_attribute(0);
    OnnxTensor constant;
    if (attribute.name() == "value") {
      AddConstant(node.output(0), *attribute.mutable_t());
      return true;
    }
    if (attribute.name() == "value_float") {
      constant = {"f32", {}, {attribute.f()}, {}};
    } else if (attribute.name() == "value_int") {
      constant = {"i64", {}, {}, {attribute.i()}};
    } else if (attribute.name() == "value_floats") {
      constant = {"f32",
                  {attribute.floats_size()},
                  {attribute.floats().begin(), attribute.floats().end()},
                  {}};
    } else if (attribute.name() == "value_ints") {
      constant = {
          "i64", {attribute.ints_size()}, {}, {attribute.ints().begin(), attribute.ints().end()}};
    } else {
      return false;
    }
    AddValue(node.output(0), -1);
    graph_.values.back().constant = std::move(constant);
    return true;
  }

  OnnxGraph graph_;
  std::unordered_map<std::string, int> names_;
};

}  // namespace

OnnxGraph ParseOnnx(const std::filesystem::path& path, const std::string& bytes) {
  try {
    OnnxGraph graph = Parser().Parse(bytes);
    for (OnnxValue& value : graph.values) {
      if (!value.constant) continue;
      value.type = value.constant->type;
      value.shape = value.constant->shape;
    }
    return graph;
  } catch (const Damage& damage) {
    throw Error(ErrorCode::kBadPackage,
                path.string() + ": not a readable ONNX model: " + Printable(damage.what));
  }
}

}  // namespace mouthpiece
