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
  Buffer<int8_t> weights;  ///< As ByteWeightPlace says
  Buffer<float> scales;    ///< [outputs], above zero
  Buffer<float> sums;      ///< [outputs], of the weights
  Buffer<float> bias;
  int channels = 0;  ///< As BytePixels::channels
  int outputs = 0;   ///< A multiple of 16
};

/// `weight` gives the value for an output and a channel. Weights that are no numbers become zero
/// and make their outputs none. `largest_four` is that of the kernels.
PackedProduct<Int8> PackBytes(std::span<const float> bias, int channels, int largest_four,
                              const std::function<float(int, int)>& weight, WeightMemory& memory);

template <>
struct PackedStep<Int8> {
  PackedProduct<Int8> expand;          ///< Its bias divided by its scales
  Buffer<BFloat16> depthwise_weights;  ///< [channels / 16][3][PairWeights][16][2]
  Buffer<float> depthwise_bias;
  PackedProduct<Int8> project;
};

/// In which forms the steps behind it read a tensor.
struct TensorForms {
  bool bytes = false;
  bool values = false;
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

/// Whether a step reads bytes of one tensor as they are, and needs none made of values.
inline bool ReadsBytes(const Step& step) {
  if (step.kind == StepKind::kConvolution) return false;
  return step.sources.size() == 1 && step.sources[0].kind == SourceKind::kTensor;
}

}  // namespace mouthpiece::fused

#endif  // MOUTHPIECE_INFER_FUSED_INT8_PLAN_H_
