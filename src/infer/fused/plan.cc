#include "infer/fused/plan.h"

#include <algorithm>
#include <utility>

#include "infer/fused/row_groups.h"
#include "infer/lifetimes.h"

namespace mouthpiece::fused {
namespace {

/// Thrown and caught in this file only.
struct Obstacle {
  std::string what;
};

std::string Describe(const Extent& extent) {
  return std::to_string(extent.channels) + "x" + std::to_string(extent.height) + "x" +
         std::to_string(extent.width);
}

bool IsPointwise(const Convolution& c) {
  return c.groups == 1 && c.kernel_height == 1 && c.kernel_width == 1 && c.stride_y == 1 &&
         c.stride_x == 1 && c.top == 0 && c.left == 0;
}

bool IsDepthwise(const Convolution& c) {
  return c.groups > 1 && c.kernel_height == 3 && c.kernel_width == 3 && c.top == 1 && c.left == 1 &&
         c.stride_y == c.stride_x && (c.stride_y == 1 || c.stride_y == 2);
}

/// Rows of a tensor whose only reader is chained to its maker: the one being made, two that a
/// doubled row lies between or a residual is taken from, and one that may be spoiled: steps write a
/// few pixels behind the row that they make.
constexpr int kKeptRows = 4;

class Planner {
 public:
  Planner(const Network& network, std::optional<size_t> chained_values)
      : network_(network),
        chained_values_(chained_values),
        users_(network.nodes.size()),
        tensors_(network.nodes.size(), -1) {
    for (size_t i = 0; i < network.nodes.size(); ++i) {
      for (const int input : network.nodes[i].inputs) {
        users_[static_cast<size_t>(input)].push_back(static_cast<int>(i));
      }
    }
  }

  Plan Make() {
    plan_.side = network_.side;
    const int count = static_cast<int>(network_.nodes.size());
    for (int i = 0; i < count; ++i) {
      const Node& node = At(i);
      switch (node.kind) {
        case NodeKind::kVisual:
        case NodeKind::kUpsample:
        case NodeKind::kConcat:
          break;  // made on the fly by the steps that use them
        case NodeKind::kAudio:
          plan_.audio = NewTensor(i);
          break;
        case NodeKind::kConvolution:
          AddConvolution(i);
          break;
        case NodeKind::kAdd:
          if (tensors_[static_cast<size_t>(i)] < 0) throw Obstacle{"a sum behind no block"};
          break;
        case NodeKind::kSigmoid:
          if (i != count - 1 || plan_.steps.empty() ||
              plan_.steps.back().kind != StepKind::kOutput) {
            throw Obstacle{"a sigmoid that is not the output's"};
          }
          break;
      }
    }
    if (plan_.steps.empty() || plan_.steps.back().kind != StepKind::kOutput) {
      throw Obstacle{"an output that is no 1x1 convolution with a sigmoid"};
    }
    Chain();
    Place();
    return std::move(plan_);
  }

 private:
  const Node& At(int index) const { return network_.nodes[static_cast<size_t>(index)]; }

  /// The only node that reads node `index`; -1 when there are more or none.
  int OnlyUser(int index) const {
    const std::vector<int>& users = users_[static_cast<size_t>(index)];
    return users.size() == 1 ? users[0] : -1;
  }

  int NewTensor(int node) {
    plan_.tensors.push_back({.extent = At(node).extent});
    return tensors_[static_cast<size_t>(node)] = static_cast<int>(plan_.tensors.size()) - 1;
  }

  int TensorOf(int node) const {
    const int tensor = tensors_[static_cast<size_t>(node)];
    if (tensor < 0) throw Obstacle{"a use of a tensor that is never stored"};
    return tensor;
  }

  Source SourceOf(int index) const {
    const Node& node = At(index);
    switch (node.kind) {
      case NodeKind::kVisual:
        return {SourceKind::kVisual, -1, node.extent};
      case NodeKind::kUpsample:
        return {SourceKind::kUpsampled, TensorOf(node.inputs[0]), node.extent};
      default:
        return {SourceKind::kTensor, TensorOf(index), node.extent};
    }
  }

  std::vector<Source> SourcesOf(int index) const {
    const Node& node = At(index);
    if (node.kind != NodeKind::kConcat) return {SourceOf(index)};
    if (node.inputs.size() != 2) throw Obstacle{"a concatenation of other than two tensors"};
    return {SourceOf(node.inputs[0]), SourceOf(node.inputs[1])};
  }

  /// The block that begins with the 1x1 convolution `index`, if one does.
  bool AddBlock(int index) {
    const Convolution& expand = At(index).convolution;
    const int middle = OnlyUser(index);
    if (!IsPointwise(expand) || !expand.relu || middle < 0) return false;
    const Node& depthwise = At(middle);
    const int end = OnlyUser(middle);
    if (depthwise.kind != NodeKind::kConvolution || !IsDepthwise(depthwise.convolution) ||
        !depthwise.convolution.relu || end < 0) {
      return false;
    }
    const Node& project = At(end);
    if (project.kind != NodeKind::kConvolution || !IsPointwise(project.convolution) ||
        project.convolution.relu) {
      return false;
    }
    Step step;
    step.kind = StepKind::kBlock;
    const int input = At(index).inputs[0];
    step.sources = SourcesOf(input);
    step.expand = &expand;
    step.depthwise = &depthwise.convolution;
    step.project = &project.convolution;
    step.expanded = At(index).extent;
    step.extent = project.extent;
    const int sum = OnlyUser(end);
    int result = end;
    if (sum >= 0 && At(sum).kind == NodeKind::kAdd) {
      const std::vector<int>& terms = At(sum).inputs;
      const int other = terms[0] == end ? terms[1] : terms[0];
      if (other != input) throw Obstacle{"a sum of a block with other than its own input"};
      step.residual = TensorOf(other);
      result = sum;
    }
    step.output = NewTensor(result);
    plan_.steps.push_back(std::move(step));
    done_.insert(done_.end(), {middle, end});
    return true;
  }

  void AddConvolution(int index) {
    if (std::ranges::find(done_, index) != done_.end() || AddBlock(index)) return;
    const Node& node = At(index);
    const Convolution& convolution = node.convolution;
    if (convolution.groups != 1) {
      throw Obstacle{"a depthwise convolution outside of a block, to " + Describe(node.extent)};
    }
    Step step;
    step.sources = {SourceOf(node.inputs[0])};
    step.project = &convolution;
    step.extent = node.extent;
    if (step.sources[0].kind != SourceKind::kTensor) {
      throw Obstacle{
          "a convolution of a concatenated, doubled or input picture outside of a block"};
    }
    const int user = OnlyUser(index);
    if (user >= 0 && At(user).kind == NodeKind::kSigmoid) {
      if (!IsPointwise(convolution) || convolution.relu || node.extent.channels != 3) {
        throw Obstacle{"an output that is no 1x1 convolution to three channels"};
      }
      step.kind = StepKind::kOutput;
    } else {
      step.kind = StepKind::kConvolution;
      step.output = NewTensor(index);
    }
    plan_.steps.push_back(std::move(step));
  }

  /// Notes who makes and who reads each tensor, and chains steps to those that they read.
  void Chain() {
    std::vector<std::vector<size_t>> readers(plan_.tensors.size());
    for (size_t s = 0; s < plan_.steps.size(); ++s) {
      Step& step = plan_.steps[s];
      if (step.output >= 0) TensorAt(step.output).step = static_cast<int>(s);
      for (const Source& source : step.sources) {
        if (source.tensor >= 0) readers[static_cast<size_t>(source.tensor)].push_back(s);
      }
    }
    for (Tensor& tensor : plan_.tensors) {
      tensor.rows = tensor.extent.height;
      if (!chained_values_ || tensor.step < 0 || Size(tensor) < *chained_values_) continue;
      const auto& of_tensor = readers[static_cast<size_t>(&tensor - plan_.tensors.data())];
      const auto next = static_cast<size_t>(tensor.step) + 1;
      if (std::ranges::find(of_tensor, next) == of_tensor.end() ||
          plan_.steps[next].kind == StepKind::kConvolution ||
          plan_.steps[next - 1].kind != StepKind::kBlock) {
        continue;
      }
      plan_.steps[next].is_chained = true;
      if (of_tensor.size() == 1 && tensor.extent.width >= kFewPixels) {
        tensor.rows = std::min(kKeptRows, tensor.rows);
      }
    }
  }

  Tensor& TensorAt(int tensor) { return plan_.tensors[static_cast<size_t>(tensor)]; }

  /// Gives each tensor the lowest place that is free from its making to its last use.
  void Place() {
    std::vector<Lifetime> lives(plan_.tensors.size());
    for (size_t t = 0; t < lives.size(); ++t) lives[t].size = Size(plan_.tensors[t]);
    int time = 0;
    for (const Step& step : plan_.steps) {
      if (!step.is_chained) ++time;
      const auto uses = [&](int tensor) {
        if (tensor >= 0) lives[static_cast<size_t>(tensor)].last = time;
      };
      if (step.output >= 0) lives[static_cast<size_t>(step.output)].first = time;
      uses(step.output);
      for (const Source& source : step.sources) uses(source.tensor);
      uses(step.residual);
    }
    plan_.values = PlaceByLifetime(lives);
    for (size_t t = 0; t < lives.size(); ++t) plan_.tensors[t].offset = lives[t].offset;
  }

  /// Values that a tensor takes. Products work on 16 pixels and 32 channels at once and may read
  /// past a tensor's last pixel: what lies there is another tensor, or this margin.
  static size_t Size(const Tensor& tensor) {
    const auto channels = static_cast<size_t>(PaddedChannels(tensor.extent.channels));
    const auto pixels = static_cast<size_t>(tensor.rows * tensor.extent.width + kMarginPixels);
    return RoundUp(pixels * channels + size_t{kDepthChannels}, size_t{kDepthChannels});
  }

  const Network& network_;
  const std::optional<size_t> chained_values_;
  Plan plan_;
  std::vector<std::vector<int>> users_;
  std::vector<int> tensors_;  // by node
  std::vector<int> done_;     // convolutions that are part of a block
};

}  // namespace

Planning MakePlan(const Network& network, std::optional<size_t> chained_values) {
  try {
    return {Planner(network, chained_values).Make(), ""};
  } catch (const Obstacle& obstacle) {
    return {std::nullopt, obstacle.what};
  }
}

}  // namespace mouthpiece::fused
