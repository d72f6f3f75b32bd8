#include "infer/openvino/generator_model.h"

#include <algorithm>
#include <openvino/opsets/opset8.hpp>
#include <unordered_set>
#include <vector>

#include "infer/openvino/onnx_file.h"
#include "mouthpiece/error.h"
#include "network/ports.h"

namespace mouthpiece {
namespace {

namespace op = ov::opset8;
using Value = ov::Output<ov::Node>;

[[noreturn]] void Fail(const std::filesystem::path& path, const std::string& what,
                       ErrorCode code = ErrorCode::kBadPackage) {
  throw Error(code, path.string() + ": " + what);
}

struct Ports {
  Value visual;
  Value audio;
  Value output;
};

/// Is `input` used on the way to `output`?
bool Reaches(const Value& input, const Value& output) {
  std::vector<ov::Node*> open{output.get_node()};
  std::unordered_set<ov::Node*> seen{output.get_node()};
  while (!open.empty()) {
    ov::Node* node = open.back();
    open.pop_back();
    if (node == input.get_node()) return true;
    for (const Value& source : node->input_values()) {
      if (seen.insert(source.get_node()).second) open.push_back(source.get_node());
    }
  }
  return false;
}

Ports FindPorts(const std::filesystem::path& path, ov::Model& model) {
  const GeneratorPorts found = FindGeneratorPorts(path, InputPorts(model), OutputPorts(model));
  const Ports ports{model.input(found.visual), model.input(found.audio),
                    model.output(found.output).get_node()->input_value(0)};
  if (!Reaches(ports.audio, ports.output)) Fail(path, "the output does not depend on the audio");
  if (!Reaches(ports.visual, ports.output))
    Fail(path, "the output does not depend on the pictures");
  return ports;
}

/// The model with `batch` in all inputs, or null when it has none such.
std::shared_ptr<ov::Model> WithBatch(const ov::Model& model, const Ports& ports, int batch) {
  const std::shared_ptr<ov::Model> copy = model.clone();
  try {
    std::map<size_t, ov::PartialShape> shapes;
    for (size_t i = 0; i < copy->inputs().size(); ++i) {
      shapes[i] = copy->input(i).get_partial_shape();
      shapes[i][0] = batch;
    }
    copy->reshape(shapes);
  } catch (const std::exception&) {
    return nullptr;  // a constant inside holds the old batch
  }
  ov::PartialShape expected = ports.output.get_partial_shape();
  expected[0] = batch;
  for (const auto& output : copy->outputs()) {
    if (output.get_partial_shape() == expected) return copy;
  }
  return nullptr;
}

Value Constant(float value) { return op::Constant::create(ov::element::f32, {}, {value}); }

/// byte / 255 exactly as float32 division rounds it. A product with 1/255 misses half of the values
/// by one unit in the last place, which truncation to 8 bits may turn into a whole step.
Value ScaleToUnit(const Value& bytes) {
  const float high = 1.0F / 255.0F;
  const float low = static_cast<float>(1.0 / 255.0 - static_cast<double>(high));
  const Value x = std::make_shared<op::Convert>(bytes, ov::element::f32);
  const Value product = std::make_shared<op::Multiply>(x, Constant(high));
  return std::make_shared<op::Add>(product, std::make_shared<op::Multiply>(x, Constant(low)));
}

/// uint8(255 * x), clamped; the clamp turns NaN into 0. Floor, because kernels that convert to
/// integers differ in whether they truncate or round.
Value ScaleToBytes(const Value& x) {
  const Value scaled = std::make_shared<op::Multiply>(x, Constant(255.0F));
  const Value clamped = std::make_shared<op::Clamp>(scaled, 0.0, 255.0);
  const Value whole = std::make_shared<op::Floor>(clamped);
  return std::make_shared<op::Convert>(whole, ov::element::u8);
}

std::shared_ptr<ov::Model> WithBytes(const Ports& ports) {
  const auto bytes =
      std::make_shared<op::Parameter>(ov::element::u8, ports.visual.get_partial_shape());
  const auto audio =
      std::make_shared<op::Parameter>(ov::element::f32, ports.audio.get_partial_shape());
  Value(ports.visual).replace(ScaleToUnit(bytes));
  Value(ports.audio).replace(audio);
  const auto result = std::make_shared<op::Result>(ScaleToBytes(ports.output));
  return std::make_shared<ov::Model>(ov::ResultVector{result}, ov::ParameterVector{bytes, audio});
}

/// Training that went wrong leaves such weights. What they do depends on who computes: a limit of
/// an activation may swallow them, and leave a wrong picture.
void RequireNumbers(const std::filesystem::path& path, const ov::Model& model) {
  for (const std::shared_ptr<ov::Node>& node : model.get_ops()) {
    const auto* constant = ov::as_type<const ov::op::v0::Constant>(node.get());
    if (constant == nullptr || !constant->get_element_type().is_real()) continue;
    bool has_nan = false;
    if (constant->get_element_type() == ov::element::f32) {
      const float* values = constant->get_data_ptr<float>();
      const size_t count = ov::shape_size(constant->get_shape());
      for (size_t i = 0; i < count; ++i) has_nan |= values[i] != values[i];
    } else {
      for (const float value : constant->cast_vector<float>()) has_nan |= value != value;
    }
    if (has_nan) Fail(path, "a weight is no number (NaN), in " + constant->get_friendly_name());
  }
}

}  // namespace

FloatGenerator ReadFloatGenerator(const std::filesystem::path& path, int batch, int default_batch) {
  std::shared_ptr<ov::Model> model = ReadOnnx(path);
  RequireNumbers(path, *model);
  Ports ports = FindPorts(path, *model);
  const int asked = batch > 0 ? batch : default_batch;
  if (const std::shared_ptr<ov::Model> reshaped = WithBatch(*model, ports, asked)) {
    model = reshaped;
  } else {
    const ov::Dimension own = ports.visual.get_partial_shape()[0];
    const std::string wanted = "batch " + std::to_string(asked) + " is impossible: ";
    if (own.is_dynamic() || own.get_length() < 1 || own != ports.audio.get_partial_shape()[0] ||
        own != ports.output.get_partial_shape()[0]) {
      Fail(path, wanted + DescribePorts(*model));
    }
    if (batch > 0 && batch % own.get_length() != 0) {
      Fail(path, wanted + "the model's is fixed at " + own.to_string(), ErrorCode::kUnsupported);
    }
  }
  ports = FindPorts(path, *model);
  return {model, ports.visual, ports.audio, ports.output};
}

GeneratorModel ReadGenerator(const std::filesystem::path& path, int batch, int default_batch) {
  const FloatGenerator read = ReadFloatGenerator(path, batch, default_batch);
  const Ports ports{read.visual, read.audio, read.output};
  GeneratorModel generator;
  const ov::Shape visual = ports.visual.get_shape();
  const ov::Shape audio = ports.audio.get_shape();
  generator.batch = static_cast<int>(visual[0]);
  generator.side = static_cast<int>(visual[2]);
  for (size_t i = 0; i < 3; ++i) generator.audio_shape[i] = static_cast<int>(audio[i + 1]);
  generator.model = WithBytes(ports);
  return generator;
}

}  // namespace mouthpiece
