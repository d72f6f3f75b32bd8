#include "infer/openvino/openvino_engine.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>
#include <openvino/openvino.hpp>

#include "base/instruction_set.h"
#include "mouthpiece/error.h"
#include "support/fixtures.h"
#include "support/network_inputs.h"
#include "support/rounds.h"

namespace mouthpiece {
namespace {

using testing::GeneratorOf;
using testing::Inputs;
using testing::LargestDifference;
using testing::Model;
using testing::Predict;
using testing::RandomInputs;

// Under sanitizers with the same steps on fewer channels.
const char* const kUnet = testing::kSanitized ? "unet_thin" : "unet_half";

std::unique_ptr<Engine> Open(const std::filesystem::path& model, int batch = 0, int threads = 0,
                             int requests = 0, Precision precision = Precision::kF32) {
  return CreateOpenVinoEngine({.model = model,
                               .precision = precision,
                               .batch = batch,
                               .threads = threads,
                               .requests = requests});
}

/// Output of the file's own network for one frame, run by OpenVINO in float32 from pictures / 255.
std::vector<float> RunDirectly(const std::filesystem::path& path, const EngineInfo& info,
                               const Inputs& inputs, size_t frame) {
  ov::Core core;
  const std::shared_ptr<ov::Model> model = core.read_model(path);
  std::map<size_t, ov::PartialShape> shapes;
  size_t visual = 0;
  for (size_t i = 0; i < 2; ++i) {
    shapes[i] = model->input(i).get_partial_shape();
    if (shapes[i][1] == 6) visual = i;
    shapes[i][0] = 1;
  }
  model->reshape(shapes);
  ov::InferRequest request =
      core.compile_model(model, "CPU", ov::hint::inference_precision(ov::element::f32))
          .create_infer_request();
  float* pictures = request.get_input_tensor(visual).data<float>();
  std::ranges::transform(inputs.visual[frame], pictures,
                         [](uint8_t value) { return static_cast<float>(value) / 255.0F; });
  std::ranges::copy(inputs.audio[frame], request.get_input_tensor(1 - visual).data<float>());
  request.infer();
  const float* output = request.get_output_tensor().data<float>();
  const auto side = static_cast<size_t>(info.geometry.inner);
  return {output, output + 3 * side * side};
}

uint8_t Truncate(float value) {
  if (!(value > 0)) return 0;  // NaN too
  return static_cast<uint8_t>(std::min(value * 255.0F, 255.0F));
}

/// Every byte is the truncated float of a direct run.
void ExpectTruncatedFloats(const std::filesystem::path& path) {
  const std::unique_ptr<Engine> engine = Open(path);
  const Inputs inputs = RandomInputs(engine->info(), 2);
  const auto predictions = Predict(*engine, inputs);
  for (size_t frame = 0; frame < 2; ++frame) {
    const std::vector<float> floats = RunDirectly(path, engine->info(), inputs, frame);
    ASSERT_EQ(predictions[frame].size(), floats.size());
    for (size_t i = 0; i < floats.size(); ++i) {
      ASSERT_EQ(predictions[frame][i], Truncate(floats[i])) << path << " " << i << " " << floats[i];
    }
  }
}

TEST(OpenVinoEngine, GivesTheTruncatedFloatsOfTheNetwork) {
  ExpectTruncatedFloats(Model("small"));
  ExpectTruncatedFloats(Model(kUnet));
  ExpectTruncatedFloats(GeneratorOf(testing::DrawnPackage()));
}

TEST(OpenVinoEngine, ClampsWhatLeavesTheRangeAndMakesNanZero) {
  ExpectTruncatedFloats(Model("wild"));
}

TEST(OpenVinoEngine, GivesTheTruncatedFloatsOfARealNetwork) {
  const std::filesystem::path path = GeneratorOf(testing::RealPackage());
  if (testing::kSanitized) GTEST_SKIP() << "OpenVINO is not instrumented";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << path << " is missing";
  ExpectTruncatedFloats(path);
}

TEST(OpenVinoEngine, ReturnsEveryByteOfAPassThroughUnchanged) {
  const std::unique_ptr<Engine> engine = Open(Model("passthrough"), 2);
  const Inputs inputs = RandomInputs(engine->info(), 3);
  const auto predictions = Predict(*engine, inputs);
  for (size_t frame = 0; frame < 3; ++frame) {
    EXPECT_TRUE(std::ranges::equal(
        predictions[frame], std::span(inputs.visual[frame]).first(predictions[frame].size())));
  }
}

TEST(OpenVinoEngine, DescribesTheModelAndHowItRuns) {
  const std::unique_ptr<Engine> engine = Open(Model("small"), 3, 1, 4);
  const EngineInfo& info = engine->info();
  EXPECT_EQ(info.geometry, (FaceGeometry{.crop = 41, .inner = 33}));
  EXPECT_EQ(info.audio_shape, (std::array<int, 3>{4, 3, 5}));
  EXPECT_EQ(info.batch, 3);
  EXPECT_EQ(info.requests, 4);
  EXPECT_EQ(info.threads, 1);
  EXPECT_TRUE(info.description.starts_with("OpenVINO 20")) << info.description;
  EXPECT_TRUE(info.description.ends_with(" CPU f32")) << info.description;
  EXPECT_EQ(engine->visual(0, 0).size(), 6U * 33 * 33);
  EXPECT_EQ(engine->audio(0, 0).size(), 4U * 3 * 5);
  EXPECT_EQ(engine->prediction(0, 0).size(), 3U * 33 * 33);
}

/// With AVX-512 the plugin's kernels sum in an order that depends on the layer alone, so that bytes
/// are the same for every batch. With AVX2 it picks other kernels for batch 8 than for 1 and 3:
/// floats differ by 4e-7, 6 bytes in a million by 1. Threads never matter.
int BatchTolerance() { return __builtin_cpu_supports("avx512f") ? 0 : 1; }

/// Predictions are the same whatever the batch, the threads, the request and the neighbours. 7
/// frames end in a partial batch of 3 and are one of 8.
void ExpectOneAnswer(const std::filesystem::path& path, Precision precision) {
  const std::unique_ptr<Engine> plain = Open(path, 1, 1, 1, precision);
  const Inputs inputs = RandomInputs(plain->info(), 7, 3);
  const auto expected = Predict(*plain, inputs);
  for (const auto& [batch, threads] : {std::pair(1, 2), std::pair(3, 1), std::pair(8, 2)}) {
    const std::unique_ptr<Engine> engine = Open(path, batch, threads, 0, precision);
    EXPECT_LE(LargestDifference(Predict(*engine, inputs), expected),
              batch == 1 ? 0 : BatchTolerance())
        << path << " batch " << batch << " threads " << threads;
  }
}

TEST(OpenVinoEngine, GivesTheSameBytesForEveryBatchAndThreadCount) {
  ExpectOneAnswer(Model("small"), Precision::kF32);
  ExpectOneAnswer(Model(kUnet), Precision::kF32);
  ExpectOneAnswer(GeneratorOf(testing::DrawnPackage()), Precision::kF32);
}

TEST(OpenVinoEngine, GivesTheSameBytesForEveryBatchWithARealNetwork) {
  const std::filesystem::path path = GeneratorOf(testing::RealPackage());
  if (!std::filesystem::exists(path)) GTEST_SKIP() << path << " is missing";
  ExpectOneAnswer(path, Precision::kF32);
}

TEST(OpenVinoEngine, RunsAModelWhoseBatchIsFixed) {
  for (const char* name : {"small_fixed1", "small_stuck2"}) {
    const std::unique_ptr<Engine> free = Open(Model("small"), 1);
    const std::unique_ptr<Engine> fixed = Open(Model(name));
    const Inputs inputs = RandomInputs(free->info(), 5);
    EXPECT_LE(LargestDifference(Predict(*fixed, inputs), Predict(*free, inputs)), BatchTolerance())
        << name;
  }
}

TEST(OpenVinoEngine, RunsInBf16OrSaysThatTheCpuCannot) {
  const std::vector<std::string> has = ov::Core().get_property("CPU", ov::device::capabilities);
  if (IsForbidden(InstructionSet::kAvx512Bf16) ||
      std::ranges::find(has, ov::device::capability::BF16) == has.end()) {
    try {
      Open(Model(kUnet), 1, 1, 1, Precision::kBf16);
      FAIL() << "an error was expected";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
      EXPECT_NE(std::string(error.what()).find("bf16"), std::string::npos) << error.what();
    }
    return;
  }
  ExpectOneAnswer(Model(kUnet), Precision::kBf16);
  const std::unique_ptr<Engine> exact = Open(Model(kUnet));
  const std::unique_ptr<Engine> fast = Open(Model(kUnet), 0, 0, 0, Precision::kBf16);
  EXPECT_TRUE(fast->info().description.ends_with(" CPU bf16")) << fast->info().description;
  const Inputs inputs = RandomInputs(exact->info(), 1);
  const auto expected = Predict(*exact, inputs);
  const auto found = Predict(*fast, inputs);
  double sum = 0;
  for (size_t i = 0; i < expected[0].size(); ++i) sum += std::abs(expected[0][i] - found[0][i]);
  EXPECT_LT(sum / static_cast<double>(expected[0].size()), 2.0);
  EXPECT_GT(LargestDifference(found, expected), 0);
}

}  // namespace
}  // namespace mouthpiece
