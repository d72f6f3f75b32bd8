// What stands between a file and a Network: one function a way of reading.
#ifndef MOUTHPIECE_NETWORK_NETWORK_READER_H_
#define MOUTHPIECE_NETWORK_NETWORK_READER_H_

#include <filesystem>
#include <optional>
#include <string>

#include "network/network.h"

namespace mouthpiece {

/// A network, or the reason why the file's cannot be written in the operators of network.h.
struct NetworkReading {
  std::optional<Network> network;
  std::string obstacle;  ///< "operator Softmax (node /head/Softmax)"
};

/// Reads a generator and checks its inputs and its output: two of [N,6,S,S] and [N,a,b,c], one of
/// [N,3,S,S]. Batch norms, and scales and offsets of channels, are folded into the convolution
/// before them (folding.h). Throws Error (kBadPackage) naming the file when it is damaged or no
/// generator at all. Thread-safe.
using NetworkReader = NetworkReading (*)(const std::filesystem::path&);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_NETWORK_NETWORK_READER_H_
