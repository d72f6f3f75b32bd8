// An audio encoder as a list of convolutions, free of any framework's types.
#ifndef MOUTHPIECE_NETWORK_ENCODER_NETWORK_H_
#define MOUTHPIECE_NETWORK_ENCODER_NETWORK_H_

#include <vector>

#include "network/network.h"

namespace mouthpiece {

enum class PointwiseKind {
  kAffine,   ///< scale * x + offset
  kClip,     ///< Between low and high
  kLeaky,    ///< x below 0 times low
  kSigmoid,  ///< 1 / (1 + exp(-x))
  kTanh,
};

/// What becomes of each value by itself.
struct Pointwise {
  PointwiseKind kind = PointwiseKind::kClip;
  float low = 0;
  float high = 0;
  std::vector<float> scale;   ///< kAffine: one value a channel
  std::vector<float> offset;  ///< The same
};

/// A convolution, the sum of its result and an earlier step's, the ReLU behind that, and the rest.
struct EncoderStep {
  static constexpr int kWindow = -1;
  static constexpr int kNone = -2;

  int input = kWindow;      ///< An earlier step, or the window
  int residual = kNone;     ///< An earlier step, or none
  Convolution convolution;  ///< Of one group. A dense layer is one whose kernel covers its input.
  Extent extent;            ///< Of the result
  std::vector<Pointwise> after;
};

/// Steps in an order in which each comes after those that it takes; the last one makes the row of
/// features, [512,1,1] for a window of [1,80,16].
struct EncoderNetwork {
  Extent window;
  std::vector<EncoderStep> steps;

  const Extent& ExtentOf(int step) const {
    return step == EncoderStep::kWindow ? window : steps[static_cast<size_t>(step)].extent;
  }
};

}  // namespace mouthpiece

#endif  // MOUTHPIECE_NETWORK_ENCODER_NETWORK_H_
