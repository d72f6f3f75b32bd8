// Reading an ONNX file into the plain graph of infer/network.h, with OpenVINO's frontend.
#ifndef MOUTHPIECE_INFER_OPENVINO_READ_NETWORK_H_
#define MOUTHPIECE_INFER_OPENVINO_READ_NETWORK_H_

#include <filesystem>
#include <optional>
#include <string>

#include "infer/network.h"

namespace mouthpiece {

/// A network, or the reason why the file's cannot be written in the operators of infer/network.h.
struct NetworkReading {
  std::optional<Network> network;
  std::string obstacle;  ///< "operator Softmax (node /head/Softmax)"
};

/// Reads the generator at `path` and checks it as ReadGenerator does: throws Error (kBadPackage)
/// when the file is damaged or no generator at all. Batch norms, and scales and offsets of
/// channels, are folded into the convolution before them.
NetworkReading ReadNetwork(const std::filesystem::path& path);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_INFER_OPENVINO_READ_NETWORK_H_
