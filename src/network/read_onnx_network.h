// Reading a generator's ONNX file into a plain graph, without a framework.
#ifndef MOUTHPIECE_NETWORK_READ_ONNX_NETWORK_H_
#define MOUTHPIECE_NETWORK_READ_ONNX_NETWORK_H_

#include <filesystem>

#include "network/network_reader.h"

namespace mouthpiece {

/// A NetworkReader. Sizes may be computed from constants and from the shapes of what comes in; the
/// batch, if it is fixed, becomes 1.
NetworkReading ReadOnnxNetwork(const std::filesystem::path& path);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_NETWORK_READ_ONNX_NETWORK_H_
