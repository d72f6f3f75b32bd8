#include "network/onnx_bytes.h"

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <fstream>
#include <span>

#include "mouthpiece/error.h"
#include "network/external_weights.h"
#include "network/onnx_check.h"

namespace mouthpiece {
namespace {

[[noreturn]] void Fail(const std::filesystem::path& path, const std::string& what) {
  throw Error(ErrorCode::kBadPackage, path.string() + ": " + what);
}

/// By the name alone: what training leaves behind is called one of these.
bool IsPyTorchCheckpoint(const std::filesystem::path& path) {
  std::string suffix = path.extension().string();
  std::ranges::transform(suffix, suffix.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return suffix == ".pth" || suffix == ".pt" || suffix == ".ckpt";
}

std::string BytesOf(const std::filesystem::path& path) {
  std::string bytes(std::filesystem::file_size(path), '\0');
  std::ifstream file(path, std::ios::binary);
  file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (!file) Fail(path, "cannot be read");
  return bytes;
}

}  // namespace

OnnxBytes ReadOnnxBytes(const std::filesystem::path& path) {
  if (!std::filesystem::is_regular_file(path)) Fail(path, "no such file");
  if (IsPyTorchCheckpoint(path)) {
    Fail(path,
         "is a PyTorch checkpoint: expected an ONNX model; make one with tools/export_synctalk.py "
         "GENERATOR.pth --audio-encoder ENCODER.pth -o FOLDER");
  }
  const bool is_whole = ExternalWeightsOf(path).empty();
  OnnxBytes read{is_whole ? BytesOf(path) : WithWeightsInside(path), is_whole};
  const std::string damage =
      OnnxDamage({reinterpret_cast<const uint8_t*>(read.bytes.data()), read.bytes.size()});
  if (!damage.empty()) Fail(path, "not a readable ONNX model: " + damage);
  return read;
}

}  // namespace mouthpiece
