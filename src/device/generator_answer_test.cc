#include "device/generator_answer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "support/errors.h"
#include "support/fixtures.h"

namespace mouthpiece {
namespace {

using testing::ExpectError;
using Samples = std::vector<uint8_t>;

constexpr size_t kPlane = 300;

Samples Slope() {
  Samples samples(3 * kPlane);
  for (size_t i = 0; i < samples.size(); ++i) samples[i] = static_cast<uint8_t>(i % kPlane / 2);
  return samples;
}

TEST(CheckAnswer, TakesAFace) { CheckAnswer(Slope(), Slope(), "m.onnx"); }

TEST(CheckAnswer, RefusesAPlaneOfOneValue) {
  const char* const names[] = {"blue", "green", "red"};
  for (size_t plane = 0; plane < 3; ++plane) {
    for (const uint8_t value : Samples{0, 128, 255}) {
      Samples answer = Slope();
      std::fill_n(answer.begin() + static_cast<ptrdiff_t>(plane * kPlane), kPlane, value);
      ExpectError(ErrorCode::kBadPackage, {"m.onnx: ", names[plane], std::to_string(value)},
                  [&] { CheckAnswer(answer, Slope(), "m.onnx"); });
      answer[(plane + 1) * kPlane - 1] ^= 1;
      CheckAnswer(answer, Slope(), "m.onnx");
    }
  }
}

TEST(CheckAnswer, TakesOneColourForAFaceOfOneColour) {
  Samples face(3 * kPlane, 16);
  for (size_t i = 0; i < face.size(); ++i) face[i] = static_cast<uint8_t>(face[i] + i % 5);
  CheckAnswer(Samples(3 * kPlane, 0), face, "m.onnx");
}

TEST(CheckGeneratorAnswers, TakesTheDrawnGenerator) {
  const auto engine = CreateEngine(
      {.model = testing::DrawnPackage() / "checkpoint/model_best.onnx", .batch = 1, .requests = 1});
  CheckGeneratorAnswers(*engine);
}

}  // namespace
}  // namespace mouthpiece
