// Convolutions of an ONNX graph, and what is folded into them.
#ifndef MOUTHPIECE_NETWORK_CONVOLUTION_READER_H_
#define MOUTHPIECE_NETWORK_CONVOLUTION_READER_H_

#include <string>
#include <vector>

#include "network/network.h"
#include "network/onnx_graph.h"

namespace mouthpiece {

/// Thrown by what reads graphs, and caught where that begins: the graph holds what the reader's
/// kind of network has no word for.
struct OnnxObstacle {
  std::string what;
};

[[noreturn]] void Refuse(const OnnxNode& node, const std::string& why = "");

/// Of the value that is input `index` of `node`, or output 0 of it. Throws OnnxObstacle when it is
/// not one picture of channels.
Extent ExtentOfInput(const OnnxGraph& graph, const OnnxNode& node, size_t index);
Extent ExtentOfOutput(const OnnxGraph& graph, const OnnxNode& node);

/// The convolution that a Conv is, without ReLU. Throws OnnxObstacle.
Convolution ReadConvolution(OnnxGraph& graph, const OnnxNode& node);

/// Folds a BatchNormalization into the convolution before it. Throws OnnxObstacle.
void FoldBatchNormalization(const OnnxGraph& graph, const OnnxNode& node, Convolution& before);

/// Folds an Add or a Mul of the constant that is input `constant`. Throws OnnxObstacle.
void FoldElementwise(const OnnxGraph& graph, const OnnxNode& node, size_t constant,
                     Convolution& before);

/// The constant that is input `index`, or null.
const OnnxTensor* ConstantInput(const OnnxGraph& graph, const OnnxNode& node, size_t index);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_NETWORK_CONVOLUTION_READER_H_
