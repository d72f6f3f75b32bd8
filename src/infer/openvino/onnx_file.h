// Reading ONNX files with OpenVINO. Only for this folder: the rest of the program sees no OpenVINO
// type.
#ifndef MOUTHPIECE_INFER_OPENVINO_ONNX_FILE_H_
#define MOUTHPIECE_INFER_OPENVINO_ONNX_FILE_H_

#include <filesystem>
#include <memory>
#include <openvino/openvino.hpp>
#include <string>
#include <vector>

#include "network/ports.h"

namespace mouthpiece {

/// Throws Error (kBadPackage) naming the file when it is no ONNX model that OpenVINO can read.
std::shared_ptr<ov::Model> ReadOnnx(const std::filesystem::path& path);

Port PortOf(const ov::Output<const ov::Node>& port);
std::vector<Port> InputPorts(const ov::Model& model);
std::vector<Port> OutputPorts(const ov::Model& model);

/// "inputs [?,6,320,320] f32, [?,32,16,16] f32; outputs [?,3,320,320] f32"
std::string DescribePorts(const ov::Model& model);

/// OpenVINO's messages have many lines: the last that says something, shortened and
/// printable.
std::string OneLine(const std::string& message);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_INFER_OPENVINO_ONNX_FILE_H_
