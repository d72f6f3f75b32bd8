#include "infer/vulkan/operations.h"

#include <algorithm>
#include <cmath>
#include <span>

#include "infer/lifetimes.h"

namespace mouthpiece::vulkan {
namespace {

using fused::Plan;
using fused::Source;
using fused::SourceKind;
using fused::Step;
using fused::StepKind;

/// Offsets are multiples of this: more than any device wants of where a binding begins.
constexpr size_t kAlignment = 256;

constexpr int kMostFusedOutputs = 32;
constexpr int kFusedTile = 8;

uint32_t KindConstant(const Source& source) {
  return source.kind == SourceKind::kUpsampled ? 1 : 0;
}

struct Tile {
  int pixels;
  int outputs;
  int depth;
};

/// Four pixels and eight outputs a thread, 256 threads but for the narrowest.
Tile TileFor(int outputs) {
  if (outputs <= 8) return {512, 8, 8};
  if (outputs <= 16) return {512, 16, 8};
  if (outputs <= 32) return {256, 32, 16};
  return {128, 64, 16};
}

class Builder {
 public:
  Builder(const Plan& plan, const OperationOptions& options, WeightsPacker& packer)
      : plan_(plan), options_(options), packer_(packer) {
    for (const fused::Tensor& tensor : plan.tensors) AddTensor(tensor.extent);
  }

  OperationList Make() {
    for (const Step& step : plan_.steps) {
      switch (step.kind) {
        case StepKind::kBlock:
          AddBlock(step);
          break;
        case StepKind::kConvolution:
          AddProduct(*step.project, step.sources, step.residual, step.output, step.extent);
          break;
        case StepKind::kOutput:
          AddOutput(step);
          break;
      }
    }
    list_.audio = plan_.audio;
    if (plan_.audio >= 0) Use(plan_.audio, 0);
    list_.arena_bytes = PlaceByLifetime(lives_);
    for (size_t t = 0; t < lives_.size(); ++t) list_.tensors[t].offset = lives_[t].offset;
    return std::move(list_);
  }

 private:
  int AddTensor(const Extent& extent) {
    const size_t value_bytes = options_.storage == Storage::kHalf ? 2 : 4;
    const size_t bytes = static_cast<size_t>(extent.pixels()) *
                         static_cast<size_t>(Groups(extent.channels)) * kGroup * value_bytes;
    lives_.push_back({.size = fused::RoundUp(bytes, kAlignment), .first = -1});
    list_.tensors.push_back({0, bytes});
    return static_cast<int>(lives_.size()) - 1;
  }

  /// Notes that `operation` reads or writes a tensor.
  void Use(int tensor, int operation) {
    if (tensor < 0) return;
    Lifetime& life = lives_[static_cast<size_t>(tensor)];
    life.first = life.first < 0 ? operation : std::min(life.first, operation);
    life.last = std::max(life.last, operation);
  }

  void Add(Operation operation) {
    const int index = static_cast<int>(list_.operations.size());
    for (const int tensor :
         {operation.source0, operation.source1, operation.residual, operation.result}) {
      Use(tensor, index);
    }
    list_.operations.push_back(std::move(operation));
  }

  static Operation From(std::span<const Source> sources) {
    Operation operation;
    operation.source0 = sources[0].tensor;
    if (sources.size() > 1) operation.source1 = sources[1].tensor;
    return operation;
  }

  void AddProduct(const Convolution& c, std::span<const Source> sources, int residual, int result,
                  const Extent& extent) {
    const WeightsPlace place = packer_.AddDense(c, sources);
    const bool is_visual = sources[0].kind == SourceKind::kVisual;
    const Tile tile = TileFor(extent.channels);
    Operation operation = From(sources);
    operation.shader = is_visual ? Shader::kProductOfVisual : Shader::kProduct;
    operation.residual = residual;
    operation.result = result;
    operation.extent = extent;
    operation.tile_pixels = tile.pixels;
    operation.tile_outputs = tile.outputs;
    operation.constants = {static_cast<uint32_t>(tile.pixels / 4 * tile.outputs / kGroup),
                           static_cast<uint32_t>(tile.pixels),
                           static_cast<uint32_t>(tile.outputs),
                           static_cast<uint32_t>(tile.depth),
                           KindConstant(sources[0]),
                           sources.size() > 1 ? KindConstant(sources[1]) : 0};
    operation.product = {.groups0 = Groups(sources[0].extent.channels),
                         .groups1 = sources.size() > 1 ? Groups(sources[1].extent.channels) : 0,
                         .width = sources[0].extent.width,
                         .height = sources[0].extent.height,
                         .out_width = extent.width,
                         .out_height = extent.height,
                         .outputs = Groups(extent.channels) * kGroup,
                         .kernel_width = c.kernel_width,
                         .kernel_height = c.kernel_height,
                         .stride_x = c.stride_x,
                         .stride_y = c.stride_y,
                         .left = c.left,
                         .top = c.top,
                         .pixels = extent.pixels(),
                         .weights_at = place.weights,
                         .bias_at = place.bias,
                         .relu = c.relu ? 1 : 0,
                         .has_residual = residual >= 0 ? 1 : 0};
    Add(std::move(operation));
  }

  void AddDepthwise(const Convolution& c, int source, const Extent& from, int result,
                    const Extent& extent) {
    const WeightsPlace place = packer_.AddDepthwise(c);
    Operation operation;
    operation.shader = Shader::kDepthwise;
    operation.source0 = source;
    operation.result = result;
    operation.extent = extent;
    operation.depthwise = {.groups = Groups(extent.channels),
                           .width = from.width,
                           .height = from.height,
                           .out_width = extent.width,
                           .out_height = extent.height,
                           .stride = c.stride_x,
                           .values = extent.pixels() * Groups(extent.channels),
                           .weights_at = place.weights,
                           .bias_at = place.bias};
    Add(std::move(operation));
  }

  void AddBlock(const Step& step) {
    if (FitsOneKernel(step)) return AddFusedBlock(step);
    Extent middle = step.extent;
    middle.channels = step.expanded.channels;
    const int widened = AddTensor(step.expanded);
    const int narrowed = AddTensor(middle);
    AddProduct(*step.expand, step.sources, -1, widened, step.expanded);
    AddDepthwise(*step.depthwise, widened, step.expanded, narrowed, middle);
    const Source source{SourceKind::kTensor, narrowed, middle};
    AddProduct(*step.project, std::span(&source, 1), step.residual, step.output, step.extent);
  }

  bool FitsOneKernel(const Step& step) const {
    if (step.extent.pixels() < options_.fused_pixels || step.extent.channels > kMostFusedOutputs) {
      return false;
    }
    size_t inputs = 0;
    for (const Source& source : step.sources) {
      inputs += static_cast<size_t>(Groups(source.extent.channels));
    }
    // As block.comp declares it.
    constexpr size_t kEight = kGroup * sizeof(float);
    const size_t side = static_cast<size_t>(kFusedTile - 1) * step.depthwise->stride_x + 3;
    const size_t seen = side * side;
    const size_t stored = options_.storage == Storage::kHalf ? kEight / 2 : kEight;
    const auto outputs = static_cast<size_t>(Groups(step.extent.channels));
    const size_t bytes =
        inputs * seen * stored + seen * kEight + (inputs * kGroup + outputs * kGroup) * kEight;
    return bytes <= options_.shared_bytes;
  }

  void AddFusedBlock(const Step& step) {
    const WeightsPlace expand = packer_.AddDense(*step.expand, step.sources);
    const WeightsPlace depthwise = packer_.AddDepthwise(*step.depthwise);
    Extent middle = step.extent;
    middle.channels = step.expanded.channels;
    const Source source{SourceKind::kTensor, -1, middle};
    const WeightsPlace project = packer_.AddDense(*step.project, std::span(&source, 1));
    const bool is_visual = step.sources[0].kind == SourceKind::kVisual;
    const bool has_two = step.sources.size() > 1;
    Operation operation = From(step.sources);
    operation.shader = is_visual ? Shader::kBlockOfVisual : Shader::kBlock;
    operation.residual = step.residual;
    operation.result = step.output;
    operation.extent = step.extent;
    operation.block = {.groups0 = Groups(step.sources[0].extent.channels),
                       .groups1 = has_two ? Groups(step.sources[1].extent.channels) : 0,
                       .width = step.expanded.width,
                       .height = step.expanded.height,
                       .out_width = step.extent.width,
                       .out_height = step.extent.height,
                       .widened = Groups(step.expanded.channels),
                       .expand_at = expand.weights,
                       .expand_bias_at = expand.bias,
                       .depthwise_at = depthwise.weights,
                       .depthwise_bias_at = depthwise.bias,
                       .project_at = project.weights,
                       .project_bias_at = project.bias,
                       .has_residual = step.residual >= 0 ? 1 : 0};
    operation.constants = {static_cast<uint32_t>(operation.block.groups0 + operation.block.groups1),
                           static_cast<uint32_t>(Groups(step.extent.channels)),
                           static_cast<uint32_t>(step.depthwise->stride_x),
                           KindConstant(step.sources[0]),
                           has_two ? KindConstant(step.sources[1]) : 0};
    Add(std::move(operation));
  }

  void AddOutput(const Step& step) {
    const WeightsPlace place = packer_.AddDense(*step.project, step.sources);
    Operation operation = From(step.sources);
    operation.shader = Shader::kOutput;
    operation.extent = step.extent;
    operation.output = {.groups = Groups(step.sources[0].extent.channels),
                        .area = step.extent.pixels(),
                        .weights_at = place.weights,
                        .bias_at = place.bias};
    Add(std::move(operation));
  }

  const Plan& plan_;
  const OperationOptions& options_;
  WeightsPacker& packer_;
  OperationList list_;
  std::vector<Lifetime> lives_;
};

}  // namespace

std::string FindObstacle(const gpu::Limits& limits) {
  if (limits.workgroup_size < kMostThreads) {
    return "expected workgroups of " + std::to_string(kMostThreads) + " at least, found " +
           std::to_string(limits.workgroup_size);
  }
  if (limits.shared_bytes < kMostSharedBytes) {
    return "expected a workgroup's memory in bytes of " + std::to_string(kMostSharedBytes) +
           " at least, found " + std::to_string(limits.shared_bytes);
  }
  return {};
}

std::string FindObstacle(const Plan& plan, Storage storage) {
  constexpr float kLargestHalf = 65504;
  const auto is_beyond = [](float weight) { return std::abs(weight) > kLargestHalf; };
  for (const Step& step : plan.steps) {
    const auto is_visual = [](const Source& source) { return source.kind == SourceKind::kVisual; };
    if (step.sources.size() > 1 && std::ranges::any_of(step.sources, is_visual)) {
      return "a concatenation of the input pictures with a tensor";
    }
    for (const Convolution* convolution : {step.expand, step.depthwise, step.project}) {
      if (storage == Storage::kHalf && convolution != nullptr &&
          std::ranges::any_of(convolution->weights, is_beyond)) {
        return "a weight beyond 65504, where half floats end; precision f32 takes it";
      }
    }
  }
  return {};
}

OperationList MakeOperations(const Plan& plan, const OperationOptions& options,
                             WeightsPacker& packer) {
  return Builder(plan, options, packer).Make();
}

}  // namespace mouthpiece::vulkan
