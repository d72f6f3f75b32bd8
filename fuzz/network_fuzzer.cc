// Networks that a reader could give, to the fused engine's plan: any graph of known operators whose
// extents agree.
#include <fuzzer/FuzzedDataProvider.h>

#include <algorithm>

#include "infer/fused/plan.h"
#include "network/folding.h"
#include "only_errors.h"

namespace mouthpiece::fuzz {
namespace {

class GraphMaker {
 public:
  explicit GraphMaker(FuzzedDataProvider& input) : input_(input) {
    network_.side = 4 * input_.ConsumeIntegralInRange(1, 8);
    for (int& size : network_.audio_shape) size = input_.ConsumeIntegralInRange(1, 16);
    const auto& [channels, height, width] = network_.audio_shape;
    Add({.kind = NodeKind::kVisual,
         .inputs = {},
         .extent = {6, network_.side, network_.side},
         .convolution = {}});
    Add({.kind = NodeKind::kAudio,
         .inputs = {},
         .extent = {channels, height, width},
         .convolution = {}});
  }

  Network Make() && {
    constexpr size_t kMostNodes = 40;
    while (input_.remaining_bytes() > 0 && network_.nodes.size() < kMostNodes) AddAny();
    if (input_.ConsumeBool()) {
      const int side = network_.side;
      network_.side = network_.nodes.back().extent.height;
      if (side < 0) network_.side = side;
    }
    return std::move(network_);
  }

 private:
  void Add(Node node) { network_.nodes.push_back(std::move(node)); }

  /// One of the last nodes, mostly the last.
  int AnyNode() {
    const auto count = static_cast<int>(network_.nodes.size());
    return count - 1 - std::min(count - 1, input_.ConsumeIntegral<uint8_t>() % 8);
  }
  const Extent& ExtentOf(int node) const {
    return network_.nodes[static_cast<size_t>(node)].extent;
  }

  void AddAny() {
    const int from = AnyNode();
    const Extent extent = ExtentOf(from);
    switch (input_.ConsumeIntegralInRange(0, 7)) {
      case 0:
        return AddBlock(from);
      case 1:
        return AddConvolution(from, input_.ConsumeIntegralInRange(1, 40), 1, 1);
      case 2:
        return AddConvolution(from, extent.channels, extent.channels, 3);
      case 3:
        return AddConvolution(from, input_.ConsumeIntegralInRange(1, 8), 1,
                              input_.ConsumeIntegralInRange(1, 5));
      case 4:
        return AddPair(NodeKind::kAdd, from);
      case 5:
        return AddPair(NodeKind::kConcat, from);
      case 6:
        if (extent.height <= 64 && extent.width <= 64) {
          Add({.kind = NodeKind::kUpsample,
               .inputs = {from},
               .extent = {extent.channels, 2 * extent.height, 2 * extent.width},
               .convolution = {}});
        }
        return;
      default:
        Add({.kind = NodeKind::kSigmoid, .inputs = {from}, .extent = extent, .convolution = {}});
    }
  }

  void AddPair(NodeKind kind, int first) {
    const int second = AnyNode();
    const Extent a = ExtentOf(first);
    const Extent b = ExtentOf(second);
    if (a.height != b.height || a.width != b.width) return;
    if (kind == NodeKind::kAdd && a.channels != b.channels) return;
    const int channels = kind == NodeKind::kAdd ? a.channels : a.channels + b.channels;
    Add({.kind = kind,
         .inputs = {first, second},
         .extent = {channels, a.height, a.width},
         .convolution = {}});
  }

  void AddConvolution(int from, int outputs, int groups, int kernel) {
    const Extent in = ExtentOf(from);
    Convolution convolution;
    convolution.groups = groups;
    convolution.kernel_height = convolution.kernel_width = kernel;
    convolution.stride_y = input_.ConsumeIntegralInRange(1, 2);
    convolution.stride_x = input_.ConsumeBool() ? convolution.stride_y : 1;
    convolution.top = convolution.left =
        input_.ConsumeBool() ? kernel / 2 : input_.ConsumeIntegralInRange(0, 3);
    convolution.relu = input_.ConsumeBool();
    const int height = (in.height + 2 * convolution.top - kernel) / convolution.stride_y + 1;
    const int width = (in.width + 2 * convolution.left - kernel) / convolution.stride_x + 1;
    if (in.height + 2 * convolution.top < kernel || in.width + 2 * convolution.left < kernel)
      return;
    convolution.weights.assign(
        static_cast<size_t>(outputs * (in.channels / groups) * kernel * kernel), 1.0F);
    convolution.bias.assign(static_cast<size_t>(outputs), 0.0F);
    Add({.kind = NodeKind::kConvolution,
         .inputs = {from},
         .extent = {outputs, height, width},
         .convolution = std::move(convolution)});
  }

  /// What most of the family's networks are made of.
  void AddBlock(int from) {
    const int wide = 2 * input_.ConsumeIntegralInRange(1, 20);
    AddConvolution(from, wide, 1, 1);
    network_.nodes.back().convolution.relu = true;
    const int expand = static_cast<int>(network_.nodes.size()) - 1;
    AddConvolution(expand, ExtentOf(expand).channels, ExtentOf(expand).channels, 3);
    network_.nodes.back().convolution.relu = true;
    AddConvolution(static_cast<int>(network_.nodes.size()) - 1,
                   input_.ConsumeIntegralInRange(1, 40), 1, 1);
    network_.nodes.back().convolution.relu = false;
    if (input_.ConsumeBool()) AddPair(NodeKind::kAdd, static_cast<int>(network_.nodes.size()) - 1);
  }

  FuzzedDataProvider& input_;
  Network network_;
};

/// No two tensors that are needed at once share memory.
void CheckPlan(const fused::Plan& plan) {
  for (const fused::Tensor& tensor : plan.tensors) {
    const auto values =
        static_cast<size_t>(tensor.extent.channels) * static_cast<size_t>(tensor.extent.pixels());
    Require(tensor.offset + values <= plan.values, "a tensor lies in the plan's memory");
  }
  const auto overlap = [&](int a, int b) {
    if (a < 0 || b < 0 || a == b) return false;
    const fused::Tensor& first = plan.tensors[static_cast<size_t>(a)];
    const fused::Tensor& second = plan.tensors[static_cast<size_t>(b)];
    const auto values = [](const fused::Tensor& t) {
      return static_cast<size_t>(t.extent.channels) * static_cast<size_t>(t.extent.pixels());
    };
    return first.offset < second.offset + values(second) &&
           second.offset < first.offset + values(first);
  };
  for (const fused::Step& step : plan.steps) {
    for (const fused::Source& source : step.sources) {
      Require(!overlap(source.tensor, step.output), "a step does not write over what it reads");
      Require(source.tensor < static_cast<int>(plan.tensors.size()), "a source is a tensor");
    }
    Require(!overlap(step.residual, step.output), "a step does not write over what it adds");
  }
}

}  // namespace
}  // namespace mouthpiece::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace mouthpiece;
  FuzzedDataProvider input(data, size);
  const Network network = fuzz::GraphMaker(input).Make();
  const fused::Planning planning = fused::MakePlan(network);
  fuzz::Require(planning.plan.has_value() != !planning.obstacle.empty(), "a plan or a reason");
  if (planning.plan) fuzz::CheckPlan(*planning.plan);
  return 0;
}
