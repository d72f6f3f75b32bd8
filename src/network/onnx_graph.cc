#include "network/onnx_graph.h"

#include <algorithm>

#include "base/printable.h"
#include "mouthpiece/error.h"
#include "network/onnx_bytes.h"

namespace mouthpiece {
namespace {

/// Training that went wrong leaves such weights. What they do depends on who computes: a limit of
/// an activation may swallow them, and leave a wrong picture.
void RequireNumbers(const std::filesystem::path& path, const OnnxGraph& graph) {
  std::vector<bool> is_used(graph.values.size(), false);
  for (const OnnxNode& node : graph.nodes) {
    for (const int input : node.inputs) {
      if (input >= 0) is_used[static_cast<size_t>(input)] = true;
    }
  }
  for (size_t i = 0; i < graph.values.size(); ++i) {
    const OnnxValue& value = graph.values[i];
    if (!is_used[i] || !value.constant) continue;
    bool has_nan = false;
    for (const float number : value.constant->floats) has_nan |= number != number;
    if (has_nan) {
      throw Error(ErrorCode::kBadPackage,
                  path.string() + ": a weight is no number (NaN), in " + Printable(value.name));
    }
  }
}

}  // namespace

const OnnxAttribute* OnnxNode::Find(std::string_view attribute) const {
  const auto found = attributes.find(attribute);
  return found == attributes.end() ? nullptr : &found->second;
}

int64_t OnnxNode::Integer(std::string_view attribute, int64_t otherwise) const {
  const OnnxAttribute* found = Find(attribute);
  return found == nullptr ? otherwise : found->integer;
}

std::string OnnxNode::Text(std::string_view attribute, const std::string& otherwise) const {
  const OnnxAttribute* found = Find(attribute);
  return found == nullptr ? otherwise : found->text;
}

std::vector<int64_t> OnnxNode::Integers(std::string_view attribute) const {
  const OnnxAttribute* found = Find(attribute);
  return found == nullptr ? std::vector<int64_t>() : found->integers;
}

OnnxGraph ReadOnnxGraph(const std::filesystem::path& path) {
  OnnxGraph graph = ParseOnnx(path, ReadOnnxBytes(path).bytes);
  RequireNumbers(path, graph);
  InferShapes(graph);
  return graph;
}

std::vector<int> NodesFor(const OnnxGraph& graph, int output) {
  enum class State : uint8_t { kNew, kOpen, kDone };
  std::vector<State> states(graph.nodes.size(), State::kNew);
  std::vector<int> order;
  std::vector<int> open{output};  // values
  while (!open.empty()) {
    const OnnxValue& value = graph.values[static_cast<size_t>(open.back())];
    if (value.constant || value.node < 0) {
      open.pop_back();
      continue;
    }
    State& state = states[static_cast<size_t>(value.node)];
    if (state == State::kNew) {
      state = State::kOpen;
      const std::vector<int>& inputs = graph.nodes[static_cast<size_t>(value.node)].inputs;
      for (auto input = inputs.rbegin(); input != inputs.rend(); ++input) {
        if (*input >= 0) open.push_back(*input);
      }
      continue;
    }
    if (state == State::kOpen) order.push_back(value.node);
    state = State::kDone;
    open.pop_back();
  }
  return order;
}

bool HasOpenOutput(const OnnxGraph& graph) {
  const auto is_known = [&](int value) {
    return graph.values[static_cast<size_t>(value)].shape.has_value();
  };
  if (!std::ranges::all_of(graph.inputs, is_known)) return false;
  for (size_t i = 0; i < graph.outputs.size(); ++i) {
    if (is_known(graph.outputs[i])) continue;
    const std::optional<std::vector<int64_t>>& declared = graph.output_ports[i].sizes;
    if (!declared || declared->empty() ||
        std::any_of(declared->begin() + 1, declared->end(),
                    [](int64_t size) { return size < 0; })) {
      return true;
    }
  }
  return false;
}

std::string Describe(const OnnxNode& node) {
  return Printable("operator " + node.type + " (node " + node.name + ")");
}

}  // namespace mouthpiece
