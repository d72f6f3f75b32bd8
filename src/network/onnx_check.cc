#include "network/onnx_check.h"

#include <algorithm>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <vector>

#include "base/printable.h"

namespace mouthpiece {
namespace {

using Bytes = std::span<const uint8_t>;

constexpr int kDeepest = 8;  // of graphs in the attributes of nodes

/// Thrown and caught in this file only.
struct Damage {
  std::string what;
};

std::string_view Text(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// A field of a message of protocol buffers.
struct Field {
  uint64_t number = 0;
  uint64_t value = 0;  ///< Of a varint
  Bytes bytes;         ///< Of any other
  bool is_varint = false;
};

uint64_t TakeVarint(Bytes& bytes) {
  constexpr size_t kMostBytes = 10;
  uint64_t value = 0;
  for (size_t i = 0; i < std::min(bytes.size(), kMostBytes); ++i) {
    value |= uint64_t{bytes[i] & 0x7fU} << (7 * i);
    if (bytes[i] < 0x80) {
      bytes = bytes.subspan(i + 1);
      return value;
    }
  }
  throw Damage{"a number has no end"};
}

Bytes Take(Bytes& bytes, uint64_t count) {
  if (count > bytes.size()) throw Damage{"a field reaches beyond its message"};
  const Bytes taken = bytes.first(static_cast<size_t>(count));
  bytes = bytes.subspan(taken.size());
  return taken;
}

std::vector<Field> FieldsOf(Bytes message) {
  std::vector<Field> fields;
  while (!message.empty()) {
    const uint64_t key = TakeVarint(message);
    Field field{.number = key >> 3, .value = 0, .bytes = {}, .is_varint = (key & 7) == 0};
    switch (key & 7) {
      case 0:
        field.value = TakeVarint(message);
        break;
      case 1:
        field.bytes = Take(message, 8);
        break;
      case 2:
        field.bytes = Take(message, TakeVarint(message));
        break;
      case 5:
        field.bytes = Take(message, 4);
        break;
      default:
        throw Damage{"a field is of no known kind"};
    }
    fields.push_back(field);
  }
  return fields;
}

/// The inputs that an operator cannot be without.
size_t NeededInputs(std::string_view type) {
  struct Needed {
    std::string_view type;
    size_t inputs;
  };
  constexpr Needed kNeeded[] = {{"Constant", 0},
                                {"RandomNormal", 0},
                                {"RandomUniform", 0},
                                {"Loop", 0},
                                {"Scan", 0},
                                {"BatchNormalization", 5},
                                {"InstanceNormalization", 3},
                                {"Where", 3},
                                {"Conv", 2},
                                {"ConvTranspose", 2},
                                {"Add", 2},
                                {"Sub", 2},
                                {"Mul", 2},
                                {"Div", 2},
                                {"Pow", 2},
                                {"MatMul", 2},
                                {"Gemm", 2},
                                {"Gather", 2},
                                {"Reshape", 2},
                                {"Expand", 2},
                                {"Tile", 2},
                                {"PRelu", 2},
                                {"LayerNormalization", 2},
                                {"QuantizeLinear", 2},
                                {"DequantizeLinear", 2},
                                {"ConvInteger", 2},
                                {"MatMulInteger", 2},
                                {"Equal", 2},
                                {"Less", 2},
                                {"Greater", 2},
                                {"And", 2},
                                {"Or", 2},
                                {"Mod", 2},
                                {"GatherND", 2},
                                {"GatherElements", 2},
                                {"ScatterND", 3},
                                {"ScatterElements", 3},
                                {"OneHot", 3},
                                {"Range", 3},
                                {"TopK", 2},
                                {"GRU", 3},
                                {"LSTM", 3},
                                {"RNN", 3},
                                {"GroupNormalization", 3},
                                {"QLinearConv", 8},
                                {"QLinearMatMul", 8}};
  const auto* const found = std::ranges::find(kNeeded, type, &Needed::type);
  return found == std::end(kNeeded) ? 1 : found->inputs;
}

/// Bytes of a value of TensorProto::DataType in raw_data; 0: strings and those of less than a byte.
uint64_t ValueBytes(uint64_t type) {
  switch (type) {
    case 2:   // uint8
    case 3:   // int8
    case 9:   // bool
    case 17:  // float8, four kinds
    case 18:
    case 19:
    case 20:
      return 1;
    case 4:   // uint16
    case 5:   // int16
    case 10:  // float16
    case 16:  // bfloat16
      return 2;
    case 1:   // float
    case 6:   // int32
    case 12:  // uint32
      return 4;
    case 7:   // int64
    case 11:  // double
    case 13:  // uint64
    case 14:  // complex64
      return 8;
    case 15:  // complex128
      return 16;
    default:
      return 0;
  }
}

void CheckTensor(Bytes message) {
  constexpr uint64_t kNoType = 0;
  std::string name;
  uint64_t type = kNoType;
  uint64_t values = 1;
  std::optional<size_t> raw_bytes;
  uint64_t listed_bytes = 0;  // of values that are not raw
  const auto take_size = [&values](uint64_t size) {
    if (size > uint64_t{1} << 40 || __builtin_mul_overflow(values, size, &values)) {
      throw Damage{"a tensor is larger than any file"};
    }
  };
  for (const Field& field : FieldsOf(message)) {
    switch (field.number) {
      case 1:  // dims, one by one or packed
        if (field.is_varint) take_size(field.value);
        for (Bytes left = field.bytes; !left.empty();) take_size(TakeVarint(left));
        break;
      case 2:
        type = field.value;
        break;
      case 4:  // numbers of several types, one by one or packed
      case 5:
      case 6:
      case 7:
      case 10:
      case 11:
        listed_bytes += field.is_varint ? 1 : field.bytes.size();
        break;
      case 8:
        name = Text(field.bytes);
        break;
      case 9:
        raw_bytes = field.bytes.size();
        break;
      default:
        break;
    }
  }
  if (type == kNoType) throw Damage{"tensor \"" + name + "\" has no type"};
  // At least half a byte a value.
  if (!raw_bytes && values / 2 > listed_bytes) {
    throw Damage{"tensor \"" + name + "\" of " + std::to_string(values) + " values holds " +
                 std::to_string(listed_bytes) + " bytes"};
  }
  uint64_t expected = 0;
  if (!raw_bytes || ValueBytes(type) == 0) return;
  if (__builtin_mul_overflow(values, ValueBytes(type), &expected) || expected != *raw_bytes) {
    throw Damage{"tensor \"" + name + "\" of " + std::to_string(values) + " values holds " +
                 std::to_string(*raw_bytes) + " bytes"};
  }
}

void CheckGraph(Bytes message, int depth);

void CheckAttribute(Bytes message, int depth) {
  constexpr uint64_t kMostTypes = 14;
  bool has_name = false;
  for (const Field& field : FieldsOf(message)) {
    if (field.number == 1) has_name = !field.bytes.empty();
    if (field.number == 5 || field.number == 10) CheckTensor(field.bytes);
    if (field.number == 6 || field.number == 11) CheckGraph(field.bytes, depth + 1);
    if (field.number == 20 && field.value > kMostTypes)
      throw Damage{"an attribute of no known type"};
  }
  if (!has_name) throw Damage{"an attribute without a name"};
}

void CheckNode(Bytes message, size_t index, int depth) {
  std::string type;
  size_t inputs = 0;
  size_t given_first = 0;  // inputs before the first that is left out
  bool has_output = false;
  const std::vector<Field> fields = FieldsOf(message);
  for (const Field& field : fields) {
    if (field.number == 1) {
      if (inputs == given_first && !field.bytes.empty()) ++given_first;
      ++inputs;
    }
    if (field.number == 2) has_output = has_output || !field.bytes.empty();
    if (field.number == 4) type = Text(field.bytes);
  }
  const std::string name = "node " + std::to_string(index) + " (" + type + ") ";
  if (type.empty()) throw Damage{name + "has no operator"};
  if (!has_output) throw Damage{name + "has no output"};
  if (given_first < NeededInputs(type)) {
    throw Damage{name + "has " + std::to_string(given_first) + " inputs, and needs " +
                 std::to_string(NeededInputs(type))};
  }
  for (const Field& field : fields) {
    if (field.number == 5) CheckAttribute(field.bytes, depth);
  }
}

/// Each name is made by one node, before others read it: from circles OpenVINO does not come back.
void CheckOrder(const std::vector<Field>& graph) {
  std::vector<std::vector<Field>> nodes;
  std::map<std::string_view, size_t> makers;
  for (const Field& field : graph) {
    if (field.number != 1) continue;
    nodes.push_back(FieldsOf(field.bytes));
    for (const Field& part : nodes.back()) {
      if (part.number != 2 || part.bytes.empty()) continue;
      if (!makers.emplace(Text(part.bytes), nodes.size() - 1).second) {
        throw Damage{"two nodes make \"" + std::string(Text(part.bytes)) + "\""};
      }
    }
  }
  for (size_t i = 0; i < nodes.size(); ++i) {
    for (const Field& part : nodes[i]) {
      if (part.number != 1) continue;
      const auto maker = makers.find(Text(part.bytes));
      if (maker == makers.end() || maker->second < i) continue;
      throw Damage{"node " + std::to_string(i) + " reads \"" + std::string(maker->first) +
                   "\", which node " + std::to_string(maker->second) + " makes"};
    }
  }
}

/// An operator set. OpenVINO counts down from a version that it does not know.
void CheckOperatorSet(Bytes message) {
  constexpr uint64_t kLatest = 1000;  // 25 in 2026
  for (const Field& field : FieldsOf(message)) {
    if (field.number == 2 && field.value > kLatest) {
      throw Damage{"its operators are of version " + std::to_string(field.value)};
    }
  }
}

void CheckGraph(Bytes message, int depth) {
  if (depth > kDeepest) throw Damage{"graphs are nested too deeply"};
  size_t nodes = 0;
  const std::vector<Field> fields = FieldsOf(message);
  for (const Field& field : fields) {
    if (field.number == 1) CheckNode(field.bytes, nodes++, depth);
    if (field.number == 5) CheckTensor(field.bytes);
    if (field.number != 11 && field.number != 12) continue;
    const std::vector<Field> port = FieldsOf(field.bytes);
    const bool has_name = std::ranges::any_of(
        port, [](const Field& part) { return part.number == 1 && !part.bytes.empty(); });
    if (!has_name) throw Damage{"an input or output has no name"};
  }
  CheckOrder(fields);
}

/// The names that fields `number` of the graph give in their field `name`.
std::set<std::string_view> NamesIn(Bytes graph, uint64_t number, uint64_t name) {
  std::set<std::string_view> names;
  for (const Field& field : FieldsOf(graph)) {
    if (field.number != number) continue;
    for (const Field& part : FieldsOf(field.bytes)) {
      if (part.number == name) names.insert(Text(part.bytes));
    }
  }
  return names;
}

}  // namespace

std::string OnnxDamage(std::span<const uint8_t> file) try {
  bool has_graph = false;
  for (const Field& field : FieldsOf(file)) {
    if (field.number == 8) CheckOperatorSet(field.bytes);
    if (field.number != 7) continue;
    has_graph = true;
    CheckGraph(field.bytes, 0);
  }
  return has_graph ? "" : "it holds no graph";
} catch (const Damage& damage) {
  return Printable(damage.what);
}

size_t OnnxInputCount(std::span<const uint8_t> file) {
  size_t count = 0;
  for (const Field& field : FieldsOf(file)) {
    if (field.number != 7) continue;
    const std::set<std::string_view> given = NamesIn(field.bytes, 5, 8);
    for (const std::string_view input : NamesIn(field.bytes, 11, 1)) {
      if (!given.contains(input)) ++count;
    }
  }
  return count;
}

}  // namespace mouthpiece
