// The bytes of an ONNX file, checked before a reader sees them.
#ifndef MOUTHPIECE_NETWORK_ONNX_BYTES_H_
#define MOUTHPIECE_NETWORK_ONNX_BYTES_H_

#include <filesystem>
#include <string>

namespace mouthpiece {

struct OnnxBytes {
  std::string bytes;     ///< With all weights inside
  bool is_whole = true;  ///< The file is the same bytes: it keeps no weights in others
};

/// Throws Error (kBadPackage) naming the file when there is none, when it is a PyTorch checkpoint,
/// when weights that it keeps in other files are missing, or when it is damaged (onnx_check.h).
OnnxBytes ReadOnnxBytes(const std::filesystem::path& path);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_NETWORK_ONNX_BYTES_H_
