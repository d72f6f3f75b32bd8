// Reading an ONNX file into a plain graph with OpenVINO's frontend.
#ifndef MOUTHPIECE_INFER_OPENVINO_READ_NETWORK_H_
#define MOUTHPIECE_INFER_OPENVINO_READ_NETWORK_H_

#include <filesystem>

#include "network/network_reader.h"

namespace mouthpiece {

/// A NetworkReader. Checks the file as ReadGenerator does.
NetworkReading ReadNetworkWithOpenVino(const std::filesystem::path& path);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_INFER_OPENVINO_READ_NETWORK_H_
