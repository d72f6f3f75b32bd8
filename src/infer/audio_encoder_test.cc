#include "infer/audio_encoder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "infer/fused/encoder_plan.h"
#include "infer/fused/encoder_worker.h"
#include "infer/fused/fused_audio_encoder.h"
#include "infer/fused/kernel_tables.h"
#include "infer/openvino/openvino_audio_encoder.h"
#include "infer/weights_keeper.h"
#include "mouthpiece/error.h"
#include "support/audio_windows.h"
#include "support/fixtures.h"
#include "support/rounds.h"

namespace mouthpiece {
namespace {

using testing::Encode;
using testing::kEncoderRow;
using testing::kEncoderWindow;
using testing::Model;
using testing::RandomWindows;

std::unique_ptr<AudioEncoder> Fused(const AudioEncoderOptions& options) {
  FusedAudioEncoderOrReason fused = CreateFusedAudioEncoder(options);
  EXPECT_EQ(fused.reason, "") << options.model;
  return std::move(fused.encoder);
}

/// Of layers that the fused engine has: random ones, the demo's and the real package's.
std::vector<std::filesystem::path> Layered() {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(testing::Models() / "encoders")) {
    paths.push_back(entry.path());
  }
  EXPECT_EQ(paths.size(), 12U);
  for (const std::filesystem::path& package :
       {std::filesystem::path(MOUTHPIECE_DEMO), testing::RealPackage()}) {
    const auto path = package / "models" / "audio_encoder.onnx";
    if (std::filesystem::exists(path)) paths.push_back(path);
  }
  return paths;
}

TEST(FusedAudioEncoder, GivesWhatOpenVinoGives) {
  const std::vector<float> windows = RandomWindows(5);
  for (const std::filesystem::path& path : Layered()) {
    const auto fused = Fused({.model = path, .batch = 5});
    ASSERT_NE(fused, nullptr);
    const std::vector<float> found = Encode(*fused, windows);
    const std::vector<float> expected =
        Encode(*CreateOpenVinoAudioEncoder({.model = path, .batch = 5}), windows);
    ASSERT_EQ(found.size(), expected.size());
    float largest = 0;
    for (const float value : expected) largest = std::max(largest, std::abs(value));
    EXPECT_GT(largest, 0) << path;
    for (size_t i = 0; i < found.size(); ++i) {
      ASSERT_NEAR(found[i], expected[i], 1e-5F * largest) << path << ", " << i;
    }
  }
}

TEST(FusedAudioEncoder, GivesTheSameRowWhereverItsWindowIsAndHoweverManyThreads) {
  const std::vector<float> windows = RandomWindows(testing::kSanitized ? 19 : 41);
  for (const std::filesystem::path& path : Layered()) {
    if (testing::kSanitized && path.string().starts_with(testing::RealPackage().string())) continue;
    const std::vector<float> expected = Encode(*Fused({.model = path, .batch = 1}), windows);
    for (const auto& [batch, threads] :
         {std::pair(2, 1), std::pair(7, 2), std::pair(25, 0), std::pair(40, 1)}) {
      const auto encoder = Fused({.model = path, .batch = batch, .threads = threads});
      EXPECT_EQ(encoder->batch(), batch);
      EXPECT_EQ(Encode(*encoder, windows), expected) << path << ", " << batch << ", " << threads;
    }
  }
}

TEST(FusedAudioEncoder, HasABatchOfItsOwn) {
  const auto encoder = Fused({.model = Layered().front()});
  EXPECT_GT(encoder->batch(), 1);
  EXPECT_EQ(encoder->windows().size(), static_cast<size_t>(encoder->batch()) * kEncoderWindow);
}

TEST(FusedAudioEncoder, SharesItsWeightsWithOthersOfItsFile) {
  WeightsKeeper weights;
  const std::filesystem::path path = std::filesystem::path(::testing::TempDir()) / "shared.onnx";
  std::filesystem::copy_file(Layered().front(), path,
                             std::filesystem::copy_options::overwrite_existing);
  const std::vector<float> windows = RandomWindows(3);
  auto first = Fused({.model = path, .batch = 1, .weights = &weights});
  std::filesystem::remove(path);  // whoever shares does not read it
  const auto second = Fused({.model = path, .batch = 3, .weights = &weights});
  const std::vector<float> expected = Encode(*first, windows);
  first.reset();
  EXPECT_EQ(Encode(*second, windows), expected);
}

TEST(AnAudioEncoder, OfOtherLayersRunsOnOpenVino) {
  const std::string reason = CreateFusedAudioEncoder({.model = Model("encoder")}).reason;
  EXPECT_EQ(reason.substr(0, 15), "operator Gather");
  const std::vector<float> windows = RandomWindows(9);
  std::vector<float> expected;
  for (size_t w = 0; w < 9; ++w) {
    for (size_t j = 0; j < kEncoderRow; ++j) {
      expected.push_back(2 * windows[w * kEncoderWindow + 5 * j % kEncoderWindow]);
    }
  }
  for (const char* const model : {"encoder", "encoder_open", "encoder_fixed1", "encoder_stuck3"}) {
    EXPECT_EQ(Encode(*CreateAudioEncoder({.model = Model(model), .batch = 4}), windows), expected);
  }
}

TEST(AnAudioEncoder, AddsNothingToWindowsThatIsMeantForOthers) {
  const AudioEncoderOptions options{.model = Model("encoder_rows"), .batch = 16};
  const std::vector<float> windows = RandomWindows(16);
  const std::vector<float> expected = Encode(*CreateOpenVinoAudioEncoder(options), windows);
  EXPECT_EQ(Encode(*CreateAudioEncoder(options), windows), expected);
}

/// A convolution of all there is, which never takes the next step.
EncoderNetwork OneStep(int stride) {
  EncoderNetwork network{.window = {1, 80, 16}, .steps = {}};
  Convolution convolution;
  convolution.kernel_height = 80;
  convolution.kernel_width = 16;
  convolution.stride_y = convolution.stride_x = stride;
  convolution.weights.assign(kEncoderRow * kEncoderWindow, 0.5F);
  convolution.bias.assign(kEncoderRow, 1.0F);
  network.steps.push_back(
      {.convolution = std::move(convolution), .extent = {kEncoderRow, 1, 1}, .after = {}});
  return network;
}

TEST(AnEncoderPlan, TakesNoMemoryForStepsThatAreNotTaken) {
  for (const int stride : {1, 1 << 20}) {
    const auto plan = fused::PlanEncoder(OneStep(stride), 1, size_t{64} << 20);
    ASSERT_TRUE(plan) << stride;
    const fused::Kernels<float> kernels = fused::KernelTables<float>().front();
    std::vector<float> row(kEncoderRow);
    fused::EncoderWorker(*plan, kernels).Run(std::vector<float>(kEncoderWindow, 1.0F), row);
    EXPECT_EQ(row, std::vector<float>(kEncoderRow, 641.0F));
  }
}

TEST(AnEncoderPlan, ThatWouldTakeTooMuchMemoryIsNone) {
  EXPECT_FALSE(fused::PlanEncoder(OneStep(1), 1, size_t{1} << 20));
}

Error LoadError(const AudioEncoderOptions& options) {
  try {
    CreateAudioEncoder(options);
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << options.model << ": an error was expected";
  return Error(ErrorCode::kInternal, "");
}

TEST(AnAudioEncoder, SaysWhatItExpectedAndFound) {
  const auto folder = testing::Models() / "wrong" / "encoders";
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const Error error = LoadError({.model = entry.path()});
    const std::string what = error.what();
    EXPECT_EQ(error.code(), ErrorCode::kBadPackage) << what;
    EXPECT_TRUE(what.starts_with(entry.path().string() + ": expected ")) << what;
    EXPECT_NE(what.find("[N,1,80,16]"), std::string::npos) << what;
    EXPECT_NE(what.find("found inputs ["), std::string::npos) << what;
    EXPECT_EQ(what.find('\n'), std::string::npos) << what;
    ++count;
  }
  EXPECT_EQ(count, 7);
  const std::string small = LoadError({.model = Model("small")}).what();
  EXPECT_NE(small.find("[?,4,3,5]"), std::string::npos) << small;
}

TEST(AnAudioEncoder, ThatIsNoModelIsRefused) {
  const auto path = std::filesystem::path(::testing::TempDir()) / "no_encoder.onnx";
  std::ofstream(path) << "no model";
  for (const auto& bad : {path, path.parent_path() / "missing.onnx"}) {
    const Error error = LoadError({.model = bad});
    EXPECT_EQ(error.code(), ErrorCode::kBadPackage) << error.what();
    EXPECT_TRUE(std::string(error.what()).starts_with(bad.string())) << error.what();
  }
}

TEST(AnAudioEncoder, WhoseRowsAreNoNumbersIsAnError) {
  const auto encoder = CreateAudioEncoder({.model = Model("encoder_nan"), .batch = 2});
  std::ranges::fill(encoder->windows(), 4.0F);
  EXPECT_EQ(encoder->Run(2).front(), 2.0F);
  encoder->windows()[kEncoderWindow + 5] =
      -1;  // the square root of which is not used when one is asked for
  EXPECT_EQ(encoder->Run(1).size(), kEncoderRow);
  EXPECT_THROW(encoder->Run(2), Error);
}

TEST(AnAudioEncoder, ChecksItsArguments) {
  for (const AudioEncoderOptions& options :
       {AudioEncoderOptions{.model = Model("encoder"), .batch = -1},
        AudioEncoderOptions{.model = Model("encoder"), .batch = 1025},
        AudioEncoderOptions{.model = Model("encoder"), .threads = -1}}) {
    EXPECT_EQ(LoadError(options).code(), ErrorCode::kInvalidArgument);
  }
  const auto encoder = CreateAudioEncoder({.model = Layered().front(), .batch = 2});
  EXPECT_THROW(encoder->Run(0), Error);
  EXPECT_THROW(encoder->Run(3), Error);
}

}  // namespace
}  // namespace mouthpiece
