#include "infer/openvino/onnx_file.h"

#include <algorithm>
#include <cstdint>
#include <openvino/frontend/manager.hpp>
#include <sstream>
#include <string>
#include <utility>

#include "base/no_fork.h"
#include "base/printable.h"
#include "mouthpiece/error.h"
#include "network/onnx_bytes.h"
#include "network/onnx_check.h"

namespace mouthpiece {
namespace {

[[noreturn]] void Fail(const std::filesystem::path& path, const std::string& what) {
  throw Error(ErrorCode::kBadPackage, path.string() + ": " + what);
}

template <typename Ports>
std::vector<Port> PortsOf(const Ports& ports) {
  std::vector<Port> described;
  for (const auto& port : ports) described.push_back(PortOf(port));
  return described;
}

}  // namespace

std::shared_ptr<ov::Model> ReadOnnx(const std::filesystem::path& path) {
  const NoFork no_fork;
  auto [bytes, is_whole] = ReadOnnxBytes(path);
  const size_t inputs =
      OnnxInputCount({reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()});
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

Port PortOf(const ov::Output<const ov::Node>& port) {
  Port described{port.get_element_type().to_string(), std::nullopt};
  if (port.get_partial_shape().rank().is_dynamic()) return described;
  described.sizes.emplace();
  for (const ov::Dimension& size : port.get_partial_shape()) {
    described.sizes->push_back(size.is_dynamic() ? -1 : size.get_length());
  }
  return described;
}

std::vector<Port> InputPorts(const ov::Model& model) { return PortsOf(model.inputs()); }
std::vector<Port> OutputPorts(const ov::Model& model) { return PortsOf(model.outputs()); }

std::string DescribePorts(const ov::Model& model) {
  return DescribePorts(InputPorts(model), OutputPorts(model));
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
