// Audio encoders in ONNX files.
#ifndef MOUTHPIECE_NETWORK_READ_ONNX_ENCODER_H_
#define MOUTHPIECE_NETWORK_READ_ONNX_ENCODER_H_

#include <filesystem>
#include <optional>
#include <string>

#include "network/encoder_network.h"

namespace mouthpiece {

/// An encoder, or the reason why the file's cannot be written as a list of convolutions.
struct EncoderReading {
  std::optional<EncoderNetwork> network;
  std::string obstacle;  ///< "operator LSTM (node /rnn/LSTM)"
};

/// Reads an encoder whose one input is [N,1,80,16] and whose one output is [N,512]. Batch norms are
/// folded into the convolution before them, dense layers are convolutions. Throws Error
/// (kBadPackage) naming the file when it is damaged or of another kind. Thread-safe.
EncoderReading ReadOnnxEncoder(const std::filesystem::path& path);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_NETWORK_READ_ONNX_ENCODER_H_
