#include "infer/openvino/onnx_file.h"

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <fstream>
#include <openvino/frontend/manager.hpp>
#include <span>
#include <sstream>
#include <string>
#include <utility>

#include "base/no_fork.h"
#include "base/printable.h"
#include "infer/openvino/onnx_check.h"
#include "mouthpiece/error.h"
#include "network/external_weights.h"

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

std::shared_ptr<ov::Model> ReadOnnx(const std::filesystem::path& path) {
  const NoFork no_fork;
  if (!std::filesystem::is_regular_file(path)) Fail(path, "no such file");
  if (IsPyTorchCheckpoint(path)) {
    Fail(path,
         "is a PyTorch checkpoint: expected an ONNX model; make one with tools/export_synctalk.py "
         "GENERATOR.pth --audio-encoder ENCODER.pth -o FOLDER");
  }
  const bool is_whole = ExternalWeightsOf(path).empty();
  std::string bytes = is_whole ? BytesOf(path) : WithWeightsInside(path);
  const std::span file(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
  const std::string damage = OnnxDamage(file);
  if (!damage.empty()) Fail(path, "not a readable ONNX model: " + damage);
  const size_t inputs = OnnxInputCount(file);
  try {
    // Not Core::read_model: that tries every frontend, and some print what they think of the file.
    ov::frontend::FrontEndManager manager;
    const ov::frontend::FrontEnd::Ptr frontend = manager.load_by_framework("onnx");
    // From a stream it would drop inputs that nothing uses, of which the caller is to be told.
    std::istringstream stream(is_whole ? std::string() : std::move(bytes));
    const ov::frontend::InputModel::Ptr loaded =
        is_whole ? frontend->load(path) : frontend->load(static_cast<std::istream*>(&stream));
    if (!loaded) Fail(path, "not an ONNX file");
    std::shared_ptr<ov::Model> model = frontend->convert(loaded);
    if (!is_whole && model->inputs().size() < inputs) {
      Fail(path, "has " + std::to_string(inputs) + " inputs, of which " +
                     std::to_string(inputs - model->inputs().size()) +
                     " are used by nothing; found " + DescribePorts(*model));
    }
    return model;
  } catch (const Error&) {
    throw;
  } catch (const std::exception& error) {
    Fail(path, "not a readable ONNX model: " + OneLine(error.what()));
  }
}

std::string DescribePorts(const ov::Model& model) {
  const auto list = [](const auto& ports) {
    std::string text;
    for (const auto& port : ports) {
      text += (text.empty() ? "" : ", ") + port.get_partial_shape().to_string() + " " +
              port.get_element_type().to_string();
    }
    return text.empty() ? std::string("none") : text;
  };
  return "inputs " + list(model.inputs()) + "; outputs " + list(model.outputs());
}

std::string OneLine(const std::string& message) {
  constexpr size_t kLongest = 200;
  constexpr const char* kSpace = " \t\r\n";
  const size_t end = message.find_last_not_of(kSpace);
  if (end == std::string::npos) return "unknown error";
  const size_t before = message.find_last_of('\n', end);
  const size_t begin = message.find_first_not_of(kSpace, before == std::string::npos ? 0 : before);
  return Printable(message.substr(begin, std::min(end + 1 - begin, kLongest)));
}

}  // namespace mouthpiece
