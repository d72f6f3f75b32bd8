// A plan with its weights in the layout that the kernels read.
#ifndef MOUTHPIECE_INFER_FUSED_PACKED_PLAN_H_
#define MOUTHPIECE_INFER_FUSED_PACKED_PLAN_H_

#include <functional>
#include <span>
#include <vector>

#include "infer/fused/buffer.h"
#include "infer/fused/kernels.h"
#include "infer/fused/plan.h"
#include "infer/fused/weight_memory.h"

namespace mouthpiece::fused {

/// Weights of a product and its bias, both with padded outputs.
template <typename T>
struct PackedProduct {
  Buffer<T> weights;
  Buffer<float> bias;
  int outputs = 0;  ///< A multiple of 16
};

/// Writes the weights of one output for the channels of one source.
using ProductWeights = std::function<void(int output, int source, std::span<float> channels)>;

/// Lays out weights for Kernels<T>::multiply and expand, with as many outputs as the next multiple
/// of `block`. `depths` are the channels of the product's sources;
/// `weights` gives their values.
///
/// float: [outputs / 16][channels][16], each source's channels padded to 16.
/// BFloat16: [outputs / 16][channels / 32][16][16][2], tiles of pairs of channels, each source's
/// channels padded to 32.
template <typename T>
PackedProduct<T> PackProduct(std::span<const float> bias, std::span<const int> depths, int block,
                             const ProductWeights& weights, WeightMemory& memory);

template <typename T>
struct PackedStep {
  using Wide = typename Layout<T>::Wide;
  /// The source of a block of which the product is taken before it is doubled, a quarter of the
  /// work: doubling is linear and the same for all channels. -1: none.
  int coarse_source = -1;
  PackedProduct<T> coarse;         ///< Of the coarse source, with the bias
  PackedProduct<T> expand;         ///< Of the others
  Buffer<Wide> depthwise_weights;  ///< [channels / block][3][3][block]
  Buffer<Wide> depthwise_bias;
  PackedProduct<T> project;
};

template <typename T>
struct PackedPlan {
  Plan plan;
  std::vector<PackedStep<T>> steps;  ///< One for each of the plan's
};

/// For `kernels`: whether these double sums decides which products there are. Where `memory` wants
/// no values, the plan's convolutions need no weights.
template <typename T>
PackedPlan<T> PackPlan(Plan plan, const Kernels<T>& kernels, WeightMemory& memory);

}  // namespace mouthpiece::fused

#endif  // MOUTHPIECE_INFER_FUSED_PACKED_PLAN_H_
