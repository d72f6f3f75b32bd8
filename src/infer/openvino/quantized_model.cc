#include "infer/openvino/quantized_model.h"

#include <algorithm>
#include <memory>
#include <openvino/opsets/opset8.hpp>
#include <optional>

namespace mouthpiece {
namespace {

namespace op = ov::opset8;

/// The value of a constant of one element, seen through conversions and reshapes.
std::optional<float> ScalarBehind(ov::Output<ov::Node> value) {
  while (ov::is_type<op::Convert>(value.get_node()) || ov::is_type<op::Reshape>(value.get_node())) {
    value = value.get_node()->input_value(0);
  }
  const auto* constant = ov::as_type<const op::Constant>(value.get_node());
  if (constant == nullptr || ov::shape_size(constant->get_shape()) != 1) return std::nullopt;
  return constant->cast_vector<float>()[0];
}

/// One quantiser of a whole tensor and what turns its integers back: multiply * (integers - zero).
struct Quantizer {
  std::shared_ptr<op::FakeQuantize> integers;
  float zero = 0;
  float scale = 1;
};

/// What ends in `multiply`, if that is the last operator of a quantiser.
std::optional<Quantizer> QuantizerBefore(const op::Multiply& multiply) {
  Quantizer quantizer;
  const std::optional<float> scale = ScalarBehind(multiply.input_value(1));
  if (!scale) return std::nullopt;
  quantizer.scale = *scale;
  ov::Output<ov::Node> value = multiply.input_value(0);
  if (const auto* subtract = ov::as_type<const op::Subtract>(value.get_node())) {
    const std::optional<float> zero = ScalarBehind(subtract->input_value(1));
    if (!zero) return std::nullopt;
    quantizer.zero = *zero;
    value = subtract->input_value(0);
  }
  for (int i = 0; i < 2; ++i) {  // to integers and back
    if (!ov::is_type<op::Convert>(value.get_node())) return std::nullopt;
    value = value.get_node()->input_value(0);
  }
  quantizer.integers = ov::as_type_ptr<op::FakeQuantize>(value.get_node_shared_ptr());
  if (!quantizer.integers) return std::nullopt;
  return quantizer;
}

}  // namespace

bool IsQuantized(const ov::Model& model) {
  return std::ranges::any_of(model.get_ops(), [](const std::shared_ptr<ov::Node>& node) {
    return ov::is_type<op::FakeQuantize>(node);
  });
}

void JoinQuantizers(ov::Model& model) {
  for (const std::shared_ptr<ov::Node>& node : model.get_ordered_ops()) {
    const auto multiply = ov::as_type_ptr<op::Multiply>(node);
    if (!multiply) continue;
    const std::optional<Quantizer> quantizer = QuantizerBefore(*multiply);
    if (!quantizer) continue;
    const op::FakeQuantize& integers = *quantizer->integers;
    const std::optional<float> least = ScalarBehind(integers.input_value(3));
    const std::optional<float> largest = ScalarBehind(integers.input_value(4));
    if (!least || !largest) continue;
    const auto real = [&](float integer) {
      return op::Constant::create(ov::element::f32, {},
                                  {(integer - quantizer->zero) * quantizer->scale});
    };
    const auto joined = std::make_shared<op::FakeQuantize>(
        integers.input_value(0), integers.input_value(1), integers.input_value(2), real(*least),
        real(*largest), integers.get_levels());
    joined->set_friendly_name(multiply->get_friendly_name());
    ov::replace_node(multiply, joined);
  }
}

}  // namespace mouthpiece
