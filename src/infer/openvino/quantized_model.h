// What is particular to networks that run on 8-bit integers. Only for this folder: the rest of the
// program sees no OpenVINO type.
#ifndef MOUTHPIECE_INFER_OPENVINO_QUANTIZED_MODEL_H_
#define MOUTHPIECE_INFER_OPENVINO_QUANTIZED_MODEL_H_

#include <openvino/openvino.hpp>

namespace mouthpiece {

/// True when some operators of the network run on 8-bit integers.
bool IsQuantized(const ov::Model& model);

/// Makes one quantiser, with the real range as its output, of each that is followed by the
/// operators that turn its integers back into floats. The network gives the same values.
///
/// The ONNX frontend leaves them apart. The CPU plugin of OpenVINO 2026.4 joins them itself, but
/// where a signed tensor is concatenated before it is quantised, and the CPU has no AMX, it forgets
/// the scale: the tensor keeps a few levels of 256 and the picture is wrong by 28 of 255 on
/// average.
void JoinQuantizers(ov::Model& model);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_INFER_OPENVINO_QUANTIZED_MODEL_H_
