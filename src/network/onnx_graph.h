// An ONNX file as a graph of values and the nodes that make them, free of protocol buffers' types.
#ifndef MOUTHPIECE_NETWORK_ONNX_GRAPH_H_
#define MOUTHPIECE_NETWORK_ONNX_GRAPH_H_

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "network/ports.h"

namespace mouthpiece {

/// Values that are known before the network runs.
struct OnnxTensor {
  std::string type;  ///< "f32", "i64", ...: what they are in the file
  std::vector<int64_t> shape;
  std::vector<float> floats;      ///< Of floating-point types, as float32
  std::vector<int64_t> integers;  ///< Of the others

  bool is_float() const { return type[0] == 'f' || type == "bf16"; }
};

/// As much of an attribute as its kind has.
struct OnnxAttribute {
  int64_t integer = 0;
  float number = 0;
  std::string text;
  std::vector<int64_t> integers;
  std::vector<float> numbers;
  std::optional<OnnxTensor> tensor;
};

struct OnnxNode {
  std::string type;          ///< "Conv"; of other domains than ONNX's own "domain.Type"
  std::string name;          ///< Or that of its first output
  std::vector<int> inputs;   ///< Values; -1: left out
  std::vector<int> outputs;  ///< The same
  std::map<std::string, OnnxAttribute, std::less<>> attributes;

  const OnnxAttribute* Find(std::string_view attribute) const;
  int64_t Integer(std::string_view attribute, int64_t otherwise) const;
  std::string Text(std::string_view attribute, const std::string& otherwise) const;
  /// Empty where it is left out.
  std::vector<int64_t> Integers(std::string_view attribute) const;
  /// The value that is input `index`; -1 when it is left out.
  int Input(size_t index) const { return index < inputs.size() ? inputs[index] : -1; }
};

struct OnnxValue {
  std::string name;
  int node = -1;     ///< Which makes it; -1: an input, or a constant of the file
  std::string type;  ///< "f32"; empty: unknown
  /// With one picture, or window, a batch; none: unknown. InferShapes fills it in.
  std::optional<std::vector<int64_t>> shape;
  std::optional<OnnxTensor> constant;
};

/// Names are resolved: what Identity and, as in use, Dropout make is their input. Each node comes
/// after those whose values it takes.
struct OnnxGraph {
  int64_t opset = 0;  ///< Of ONNX's own domain
  std::vector<OnnxValue> values;
  std::vector<OnnxNode> nodes;
  std::vector<int> inputs;   ///< Values that come from outside
  std::vector<int> outputs;  ///< Values, one for each of the ports
  std::vector<Port> input_ports;
  std::vector<Port> output_ports;  ///< As the file declares them until InferShapes knows better
};

/// Reads a file (onnx_bytes.h) and infers its shapes. Throws Error (kBadPackage) naming the file
/// when it is damaged, or a weight is no number.
OnnxGraph ReadOnnxGraph(const std::filesystem::path& path);

/// The graph of `bytes`, which come from `path`, without shapes. Throws Error (kBadPackage).
OnnxGraph ParseOnnx(const std::filesystem::path& path, const std::string& bytes);

/// Fills in shapes, element types and constants of what nodes make, as far as their operators are
/// known, and from them the outputs' ports.
void InferShapes(OnnxGraph& graph);

/// Whether there are outputs of which neither the file nor InferShapes knows all sizes but that of
/// the batch, though those of the inputs are known.
bool HasOpenOutput(const OnnxGraph& graph);

/// What a node of constants alone makes; none if its operator is not one that sizes are computed
/// with.
std::optional<OnnxTensor> Evaluate(const OnnxGraph& graph, const OnnxNode& node);

/// Nodes that `output` is made of, each after those whose values it takes, the first input's before
/// the second's. Those that make constants are not among them.
std::vector<int> NodesFor(const OnnxGraph& graph, int output);

/// "operator Conv (node /head/Conv)", printable.
std::string Describe(const OnnxNode& node);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_NETWORK_ONNX_GRAPH_H_
