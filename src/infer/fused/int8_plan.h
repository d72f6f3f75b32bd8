// A plan with its weights as the kernels of int8 read them.
#ifndef MOUTHPIECE_INFER_FUSED_INT8_PLAN_H_
#define MOUTHPIECE_INFER_FUSED_INT8_PLAN_H_

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "infer/fused/buffer.h"
#include "infer/fused/int8_kernels.h"
#include "infer/fused/packed_plan.h"
#include "infer/fused/plan.h"

namespace mouthpiece::fused {

/// Weights of a product in eight bits, each output's with a scale of its own.
template <>
struct PackedProduct<Int8> {
  Buffer<int8_t> weights;         ///< As ByteWeightPlace says
  Buffer<float> scales;           ///< [outputs], above zero
  Buffer<int32_t> signed_starts;  ///< As ByteProduct's
  Buffer<float> bias;
  int channels = 0;  ///< As BytePixels::channels
  int outputs = 0;   ///< A multiple of 16, or 8
};

/// How a product's weights are to be packed.
struct BytePacking {
  int channels = 0;
  bool is_narrow = false;  ///< Eight outputs are not padded
  int largest_four = kAnyFour;
};

/// `weight` gives the value for an output and a channel. Weights that are no numbers become zero
/// and make their outputs none.
PackedProduct<Int8> PackBytes(std::span<const float> bias, const BytePacking& packing,
                              const std::function<float(int, int)>& weight, WeightMemory& memory);

template <>
struct PackedStep<Int8> {
  /// Of a block's two sources the one of which the product is taken before it is doubled: a quarter
  /// of the work, and both are read as the bytes that they are. -1: none.
  int coarse_source = -1;
  PackedProduct<Int8> coarse;          ///< Of it; scales and bias divided by those of `expand`
  PackedProduct<Int8> expand;          ///< Of the others; its bias divided by its scales
  Buffer<BFloat16> depthwise_weights;  ///< [channels / 16][3][PairWeights][16][2]
  Buffer<float> depthwise_bias;
  PackedProduct<Int8> project;
};

/// In which forms the steps behind it read a tensor.
struct TensorForms {
  bool bytes = false;
  bool values = false;
  bool is_narrow = false;  ///< Pixels of kNarrowChannels instead of padded ones
};

template <>
struct PackedPlan<Int8> {
  Plan plan;
  std::vector<PackedStep<Int8>> steps;  ///< One for each of the plan's
  std::vector<TensorForms> forms;       ///< One for each tensor
};

template <>
PackedPlan<Int8> PackPlan(Plan plan, const Kernels<Int8>& kernels, WeightMemory& memory);

/// Why a plan cannot run in int8; empty: it can.
std::string Int8Obstacle(const Plan& plan);

/// PackedStep::coarse_source.
inline int CoarseSource(const Step& step) {
  if (step.kind != StepKind::kBlock || step.sources.size() != 2) return -1;
  const SourceKind first = step.sources[0].kind;
  const SourceKind second = step.sources[1].kind;
  if (first == SourceKind::kUpsampled && second == SourceKind::kTensor) return 0;
  if (first == SourceKind::kTensor && second == SourceKind::kUpsampled) return 1;
  return -1;
}

/// Whether a step reads bytes of tensors as they are, and needs none made of values.
inline bool ReadsBytes(const Step& step) {
  if (step.kind == StepKind::kConvolution) return false;
  if (CoarseSource(step) >= 0) return true;
  return step.sources.size() == 1 && step.sources[0].kind == SourceKind::kTensor;
}

}  // namespace mouthpiece::fused

#endif  // MOUTHPIECE_INFER_FUSED_INT8_PLAN_H_
