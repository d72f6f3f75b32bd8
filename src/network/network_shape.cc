#include "network/network_shape.h"

#include <cstddef>
#include <utility>

namespace mouthpiece {
namespace {

/// Calls `visit` with each number of `network` but those of its nodes' lists.
template <typename NetworkOrConst, typename Visit>
void VisitHead(NetworkOrConst& network, Visit visit) {
  visit(network.side);
  for (auto& size : network.audio_shape) visit(size);
}

template <typename NodeOrConst, typename Visit>
void VisitNode(NodeOrConst& node, Visit visit) {
  visit(node.extent.channels);
  visit(node.extent.height);
  visit(node.extent.width);
  if (node.kind != NodeKind::kConvolution) return;
  auto& convolution = node.convolution;
  for (auto* const number :
       {&convolution.groups, &convolution.kernel_height, &convolution.kernel_width,
        &convolution.stride_y, &convolution.stride_x, &convolution.top, &convolution.left}) {
    visit(*number);
  }
}

/// The numbers of a list, one after the other.
class Numbers {
 public:
  explicit Numbers(std::span<const int32_t> list) : list_(list) {}

  void Refuse() { are_whole_ = false; }
  bool are_whole() const { return are_whole_; }
  bool at_end() const { return next_ == list_.size(); }

  /// 0 to `most`; 0 where there is none.
  int Next(int most = 1 << 24) {
    if (next_ == list_.size() || list_[next_] < 0 || list_[next_] > most) {
      Refuse();
      return 0;
    }
    return list_[next_++];
  }

 private:
  std::span<const int32_t> list_;
  size_t next_ = 0;
  bool are_whole_ = true;
};

Node ReadNode(Numbers& numbers, int index) {
  Node node;
  node.kind = static_cast<NodeKind>(numbers.Next(static_cast<int>(NodeKind::kSigmoid)));
  node.inputs.resize(static_cast<size_t>(numbers.Next(2)));
  for (int& input : node.inputs) input = numbers.Next(index - 1);
  VisitNode(node, [&](int& number) { number = numbers.Next(); });
  if (node.kind == NodeKind::kConvolution) {
    node.convolution.relu = numbers.Next(1) == 1;
    if (numbers.are_whole()) {
      node.convolution.bias.resize(static_cast<size_t>(node.extent.channels));
    }
  }
  const size_t wanted = node.kind == NodeKind::kAdd || node.kind == NodeKind::kConcat     ? 2
                        : node.kind == NodeKind::kVisual || node.kind == NodeKind::kAudio ? 0
                                                                                          : 1;
  if (node.inputs.size() != wanted) numbers.Refuse();
  return node;
}

}  // namespace

std::vector<int32_t> ShapeOf(const Network& network) {
  std::vector<int32_t> shape;
  const auto add = [&](int number) { shape.push_back(number); };
  VisitHead(network, add);
  add(static_cast<int>(network.nodes.size()));
  for (const Node& node : network.nodes) {
    add(static_cast<int>(node.kind));
    add(static_cast<int>(node.inputs.size()));
    for (const int input : node.inputs) add(input);
    VisitNode(node, add);
    if (node.kind == NodeKind::kConvolution) add(node.convolution.relu ? 1 : 0);
  }
  return shape;
}

std::optional<Network> NetworkOfShape(std::span<const int32_t> shape) {
  Numbers numbers(shape);
  Network network;
  VisitHead(network, [&](int& number) { number = numbers.Next(); });
  const int count = numbers.Next();
  for (int i = 0; i < count && numbers.are_whole(); ++i) {
    network.nodes.push_back(ReadNode(numbers, i));
  }
  if (!numbers.are_whole() || !numbers.at_end()) return std::nullopt;
  return network;
}

}  // namespace mouthpiece
