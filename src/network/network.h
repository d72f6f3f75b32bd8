// A generator network as a plain graph of the operators that the U-Net 328 family is made of, free
// of any framework's types.
#ifndef MOUTHPIECE_NETWORK_NETWORK_H_
#define MOUTHPIECE_NETWORK_NETWORK_H_

#include <array>
#include <vector>

namespace mouthpiece {

/// What one frame's tensor measures.
struct Extent {
  int channels = 0;
  int height = 0;
  int width = 0;

  int pixels() const { return height * width; }
  bool operator==(const Extent&) const = default;
};

/// A convolution with zero padding, its bias, and the ReLU behind it. `groups` is 1 or the number
/// of channels. Weights are [outputs][inputs / groups][kernel_height][kernel_width].
struct Convolution {
  int groups = 1;
  int kernel_height = 1;
  int kernel_width = 1;
  int stride_y = 1;
  int stride_x = 1;
  int top = 0;
  int left = 0;
  bool relu = false;
  std::vector<float> weights;
  std::vector<float> bias;  ///< One value an output channel
};

enum class NodeKind {
  kVisual,       ///< Input pictures in [0,1], six channels
  kAudio,        ///< Input audio window
  kConvolution,  ///< Of one tensor
  kAdd,          ///< Of two tensors of the same extent
  kUpsample,     ///< To twice the height and width, bilinear, corners aligned
  kConcat,       ///< Of tensors of the same height and width, by channels
  kSigmoid,
};

struct Node {
  NodeKind kind = NodeKind::kVisual;
  std::vector<int> inputs;  ///< Indexes of earlier nodes
  Extent extent;
  Convolution convolution;  ///< For kConvolution
};

/// Nodes in an order in which each comes after its inputs; the last one is the output picture.
struct Network {
  int side = 0;
  std::array<int, 3> audio_shape{};
  std::vector<Node> nodes;
};

}  // namespace mouthpiece

#endif  // MOUTHPIECE_NETWORK_NETWORK_H_
