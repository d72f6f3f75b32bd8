#include "infer/openvino/quantized_model.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <openvino/opsets/opset8.hpp>
#include <random>
#include <vector>

namespace mouthpiece {
namespace {

namespace op = ov::opset8;

constexpr size_t kChannels = 8;  // of each of the two tensors that are concatenated
constexpr size_t kOutputs = 5;
constexpr size_t kSide = 4;
constexpr size_t kPixels = kSide * kSide;
constexpr float kScale = 4.0F / 127;

/// Weights so small that no CPU's 8-bit products overflow.
std::vector<int8_t> Weights() {
  std::vector<int8_t> weights(kOutputs * 2 * kChannels);
  for (size_t i = 0; i < weights.size(); ++i) weights[i] = static_cast<int8_t>(i * 7 % 31 - 15);
  return weights;
}

ov::Output<ov::Node> Float(float value) {
  return op::Constant::create(ov::element::f32, {}, {value});
}

/// As the ONNX frontend gives it: two tensors, concatenated, quantised to signed integers and back,
/// and a 1x1 convolution with 8-bit weights.
std::shared_ptr<ov::Model> SignedConcatenation() {
  ov::ParameterVector inputs;
  for (int i = 0; i < 2; ++i) {
    inputs.push_back(
        std::make_shared<op::Parameter>(ov::element::f32, ov::Shape{1, kChannels, kSide, kSide}));
  }
  const auto both = std::make_shared<op::Concat>(ov::OutputVector{inputs[0], inputs[1]}, 1);
  const auto rounded = std::make_shared<op::FakeQuantize>(
      both, Float(-128 * kScale), Float(127 * kScale), Float(-128), Float(127), 256);
  const auto integers = std::make_shared<op::Convert>(rounded, ov::element::i8);
  const auto floats = std::make_shared<op::Convert>(integers, ov::element::f32);
  const auto zero = std::make_shared<op::Convert>(op::Constant::create(ov::element::i8, {}, {0}),
                                                  ov::element::f32);
  const auto shifted = std::make_shared<op::Subtract>(floats, zero);
  const auto real = std::make_shared<op::Multiply>(shifted, Float(kScale));
  const auto weights = std::make_shared<op::Convert>(
      op::Constant::create(ov::element::i8, {kOutputs, 2 * kChannels, 1, 1}, Weights()),
      ov::element::f32);
  const auto scaled = std::make_shared<op::Multiply>(weights, Float(1.0F / 16));
  const auto convolution =
      std::make_shared<op::Convolution>(real, scaled, ov::Strides{1, 1}, ov::CoordinateDiff{0, 0},
                                        ov::CoordinateDiff{0, 0}, ov::Strides{1, 1});
  return std::make_shared<ov::Model>(ov::OutputVector{convolution}, inputs);
}

size_t CountOf(const ov::Model& model, const std::string& type) {
  const auto nodes = model.get_ops();
  return static_cast<size_t>(std::ranges::count_if(
      nodes, [&](const auto& node) { return node->get_type_name() == type; }));
}

TEST(JoinQuantizers, LeavesOneOperatorOfEachQuantiser) {
  const std::shared_ptr<ov::Model> model = SignedConcatenation();
  EXPECT_EQ(CountOf(*model, "Subtract"), 1U);
  JoinQuantizers(*model);
  EXPECT_EQ(CountOf(*model, "FakeQuantize"), 1U);
  EXPECT_EQ(CountOf(*model, "Subtract"), 0U);
  EXPECT_EQ(CountOf(*model, "Multiply"), 1U) << "the weights' stays";
}

TEST(JoinQuantizers, LetsOpenVinoMultiplySignedConcatenationsRightly) {
  const std::shared_ptr<ov::Model> model = SignedConcatenation();
  JoinQuantizers(*model);
  ov::Core core;
  ov::InferRequest request =
      core.compile_model(model, "CPU", ov::hint::inference_precision(ov::element::f32))
          .create_infer_request();
  std::mt19937 random(3);
  std::normal_distribution<float> value(0, 1.5);
  std::array<std::vector<float>, 2> inputs;
  for (size_t i = 0; i < 2; ++i) {
    inputs[i].resize(kChannels * kPixels);
    for (float& x : inputs[i]) x = value(random);
    std::ranges::copy(inputs[i], request.get_input_tensor(i).data<float>());
  }
  request.infer();
  const float* found = request.get_output_tensor().data<float>();
  const std::vector<int8_t> weights = Weights();
  for (size_t n = 0; n < kOutputs; ++n) {
    for (size_t p = 0; p < kPixels; ++p) {
      double expected = 0;
      for (size_t c = 0; c < 2 * kChannels; ++c) {
        const float x = inputs[c / kChannels][c % kChannels * kPixels + p];
        const float integer = std::clamp(std::nearbyint(x / kScale), -128.0F, 127.0F);
        expected += double{integer} * double{kScale} * weights[n * 2 * kChannels + c] / 16;
      }
      EXPECT_NEAR(found[n * kPixels + p], expected, 1e-4 * (1 + std::abs(expected)));
    }
  }
}

}  // namespace
}  // namespace mouthpiece
