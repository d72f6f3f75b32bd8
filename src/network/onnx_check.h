// What readers take for granted of an ONNX file: nodes without their inputs, and much else that a
// damaged file has, end the process inside OpenVINO's frontend.
#ifndef MOUTHPIECE_NETWORK_ONNX_CHECK_H_
#define MOUTHPIECE_NETWORK_ONNX_CHECK_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace mouthpiece {

/// What is wrong with `file`, the bytes of an ONNX model, in a few words: fields that reach beyond
/// their message, nodes without a type, an output or an input that they need, names that two nodes
/// make or that are read before they are made, tensors that hold less or more than their shape
/// says, operators of a version that will not come. Empty when there is nothing of the kind.
std::string OnnxDamage(std::span<const uint8_t> file);

/// How many inputs the model has whose values are not in it. `file` is one without damage.
size_t OnnxInputCount(std::span<const uint8_t> file);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_NETWORK_ONNX_CHECK_H_
