// As much of the ONNX format (protocol buffers, onnx.proto) as it takes to find its tensors.
#ifndef MOUTHPIECE_NETWORK_ONNX_FIELDS_H_
#define MOUTHPIECE_NETWORK_ONNX_FIELDS_H_

#include <cstdint>

namespace mouthpiece {

/// A message, as far as tensors can lie in it.
enum class OnnxMessage { kModel, kGraph, kNode, kAttribute, kFunction, kTensor, kOther };

/// Graphs in graphs; what is deeper is damaged.
inline constexpr int kDeepestOnnxMessage = 64;

/// Fields of a tensor.
inline constexpr uint64_t kOnnxRawData = 9;
inline constexpr uint64_t kOnnxExternalData = 13;
inline constexpr uint64_t kOnnxDataLocation = 14;

/// What field `number` of a message holds, if it is one of bytes.
constexpr OnnxMessage OnnxMessageIn(OnnxMessage message, uint64_t number) {
  switch (message) {
    case OnnxMessage::kModel:
      if (number == 7) return OnnxMessage::kGraph;
      return number == 25 ? OnnxMessage::kFunction : OnnxMessage::kOther;
    case OnnxMessage::kGraph:
      if (number == 1) return OnnxMessage::kNode;
      return number == 5 ? OnnxMessage::kTensor : OnnxMessage::kOther;
    case OnnxMessage::kNode:
      return number == 5 ? OnnxMessage::kAttribute : OnnxMessage::kOther;
    case OnnxMessage::kAttribute:
      if (number == 5 || number == 10) return OnnxMessage::kTensor;
      return number == 6 || number == 11 ? OnnxMessage::kGraph : OnnxMessage::kOther;
    case OnnxMessage::kFunction:
      return number == 7 ? OnnxMessage::kNode : OnnxMessage::kOther;
    case OnnxMessage::kTensor:
    case OnnxMessage::kOther:
      break;
  }
  return OnnxMessage::kOther;
}

}  // namespace mouthpiece

#endif  // MOUTHPIECE_NETWORK_ONNX_FIELDS_H_
