// What every engine promises, whatever runs the network.
#include "infer/engine.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <thread>

#include "base/instruction_set.h"
#include "base/timing.h"
#include "infer/fused/kernel_tables.h"
#include "mouthpiece/error.h"
#include "support/fixtures.h"
#include "support/network_inputs.h"
#include "support/rounds.h"

namespace mouthpiece {
namespace {

using testing::Fill;
using testing::Inputs;
using testing::LargestDifference;
using testing::Model;
using testing::Predict;
using testing::RandomInputs;

struct Backend {
  const char* name = "";
  EngineKind kind = EngineKind::kFused;
  Precision precision = Precision::kF32;
  const char* word = "f32";  ///< In the description
};

class EveryEngine : public ::testing::TestWithParam<Backend> {
 protected:
  void SetUp() override {
    if (GetParam().precision == Precision::kBf16 && !fused::HasBFloat16Kernels()) {
      GTEST_SKIP() << "this CPU has no products of bfloat16";
    }
  }

  static std::unique_ptr<Engine> Open(const std::filesystem::path& model, int batch = 0,
                                      int threads = 0, int requests = 0) {
    return CreateEngine({.model = model,
                         .precision = GetParam().precision,
                         .batch = batch,
                         .threads = threads,
                         .requests = requests,
                         .kind = GetParam().kind});
  }
};

/// With AVX-512 OpenVINO's kernels sum in an order that depends on the layer alone, so that bytes
/// are the same for every batch. With AVX2 it picks other kernels for batch 8 than for 1 and 3:
/// floats differ by 4e-7, 6 bytes in a million by 1. Threads never matter, and nothing does to the
/// fused engine, which works frame by frame.
int BatchTolerance(EngineKind kind) {
  return kind == EngineKind::kFused || __builtin_cpu_supports("avx512f") ? 0 : 1;
}

TEST_P(EveryEngine, GivesTheSameBytesForEveryBatchAndThreadCount) {
  std::vector<std::filesystem::path> paths{Model("unet_thin")};
  if (!testing::kSanitized) paths.push_back(Model("unet_half"));  // the same steps, wider
  for (const std::filesystem::path& path : paths) {
    const std::unique_ptr<Engine> plain = Open(path, 1, 1, 1);
    // 7 frames end in a partial batch of 3 and are one of 8.
    const Inputs inputs = RandomInputs(plain->info(), 7, 3);
    const auto expected = Predict(*plain, inputs);
    for (const auto& [batch, threads] : {std::pair(1, 2), std::pair(3, 1), std::pair(8, 2)}) {
      const std::unique_ptr<Engine> engine = Open(path, batch, threads);
      EXPECT_LE(LargestDifference(Predict(*engine, inputs), expected),
                batch == 1 ? 0 : BatchTolerance(GetParam().kind))
          << path << " batch " << batch << " threads " << threads;
    }
  }
}

TEST_P(EveryEngine, IgnoresWhatUnusedSlotsHold) {
  const std::unique_ptr<Engine> engine = Open(Model("unet_thin"), 3, 2, 1);
  const Inputs inputs = RandomInputs(engine->info(), 3);
  Fill(*engine, 0, 0, inputs, 0);
  engine->Start(0, 1);
  engine->Wait(0);
  const std::span<const uint8_t> first = engine->prediction(0, 0);
  const std::vector<uint8_t> alone(first.begin(), first.end());
  Fill(*engine, 0, 1, inputs, 1);
  std::ranges::fill(engine->audio(0, 2), std::nanf(""));
  engine->Start(0, 1);
  engine->Wait(0);
  EXPECT_TRUE(std::ranges::equal(engine->prediction(0, 0), alone));
}

TEST_P(EveryEngine, ServesRequestsFromDifferentThreads) {
  const std::unique_ptr<Engine> engine = Open(Model("unet_thin"), 2, 2, 3);
  const Inputs inputs = RandomInputs(engine->info(), 6);
  const auto expected = Predict(*engine, inputs);
  std::vector<std::thread> threads;
  std::vector<int> wrong(3);
  for (int request = 0; request < 3; ++request) {
    threads.emplace_back([&, request] {
      for (int round = 0; round < 5; ++round) {
        const auto frame = static_cast<size_t>((request + round) % 6);
        Fill(*engine, request, 1, inputs, frame);
        engine->Start(request, 2);
        engine->Wait(request);
        if (!std::ranges::equal(engine->prediction(request, 1), expected[frame])) {
          ++wrong[static_cast<size_t>(request)];
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, std::vector<int>(3)) << "predictions that were another's";
}

TEST_P(EveryEngine, CanBeDestroyedWithRequestsInFlight) {
  for (int round = 0; round < 3; ++round) {
    const std::unique_ptr<Engine> engine = Open(Model("unet_thin"), 4, 2, 4);
    for (int request = 0; request < 4; ++request) engine->Start(request, 4);
  }
}

TEST_P(EveryEngine, RefusesToStartARunningRequestAndStillFinishesIt) {
  const std::unique_ptr<Engine> engine = Open(Model("unet_thin"), 4, 1, 1);
  engine->Start(0, 4);
  EXPECT_THROW(engine->Start(0, 4), Error);
  engine->Wait(0);
  EXPECT_GT(engine->busy_seconds(), 0);
}

TEST_P(EveryEngine, CountsBusyTimeOnlyWhileSomethingRuns) {
  const std::unique_ptr<Engine> engine = Open(Model("unet_thin"), 1, 1, 2);
  EXPECT_EQ(engine->busy_seconds(), 0);
  const Clock::time_point start = Clock::now();
  engine->Start(0, 1);
  engine->Start(1, 1);
  engine->Wait(0);
  engine->Wait(1);
  const double wall = SecondsSince(start);
  const double busy = engine->busy_seconds();
  EXPECT_GT(busy, 0);
  EXPECT_LE(busy, wall);
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_EQ(engine->busy_seconds(), busy);
}

TEST_P(EveryEngine, RefusesRequestsFramesAndCountsItDoesNotHave) {
  const std::unique_ptr<Engine> engine = Open(Model("unet_thin"), 2, 1, 2);
  EXPECT_THROW(engine->visual(2, 0), Error);
  EXPECT_THROW(engine->audio(-1, 0), Error);
  EXPECT_THROW(engine->prediction(0, 2), Error);
  EXPECT_THROW(engine->Start(0, 0), Error);
  EXPECT_THROW(engine->Start(0, 3), Error);
  EXPECT_THROW(Open(Model("unet_thin"), -1), Error);
  EXPECT_THROW(Open(Model("unet_thin"), 1, -1), Error);
  EXPECT_THROW(Open(Model("unet_thin"), 1, 1, -1), Error);
}

TEST_P(EveryEngine, SaysWhatRuns) {
  const EngineInfo info = Open(Model("unet_thin"), 1, 1, 1)->info();
  EXPECT_EQ(info.precision, GetParam().precision);
  EXPECT_NE(info.description.find(GetParam().word), std::string::npos) << info.description;
  EXPECT_EQ(info.model, Model("unet_thin"));
}

INSTANTIATE_TEST_SUITE_P(
    Backends, EveryEngine,
    ::testing::Values(Backend{"OpenVINO_f32", EngineKind::kOpenVino, Precision::kF32},
                      Backend{"fused_f32", EngineKind::kFused, Precision::kF32},
                      Backend{"fused_bf16", EngineKind::kFused, Precision::kBf16, "bf16"},
                      Backend{"fused_int8", EngineKind::kFused, Precision::kInt8, "int8"}),
    [](const auto& backend) { return std::string(backend.param.name); });

TEST(CreateEngine, TakesOpenVinoForNetworksThatTheFusedEngineDoesNotKnow) {
  const std::unique_ptr<Engine> engine = CreateEngine({.model = Model("small")});
  EXPECT_TRUE(engine->info().description.starts_with("OpenVINO ")) << engine->info().description;
  EXPECT_EQ(engine->info().precision, Precision::kF32);
}

TEST(CreateEngine, TakesTheFusedEngineForTheRest) {
  const std::unique_ptr<Engine> engine = CreateEngine({.model = Model("unet_thin")});
  EXPECT_TRUE(engine->info().description.starts_with("fused ")) << engine->info().description;
  EXPECT_EQ(engine->info().precision,
            fused::HasBFloat16Kernels() ? Precision::kBf16 : Precision::kF32);
}

TEST(CreateEngine, SaysWhyTheFusedEngineCannotRunANetwork) {
  try {
    CreateEngine({.model = Model("small"), .kind = EngineKind::kFused});
    FAIL() << "an error was expected";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
    EXPECT_NE(std::string(error.what()).find("ReduceMean"), std::string::npos) << error.what();
  }
}

TEST(CreateEngine, HasInt8InTheFusedEngineAlone) {
  const auto expect_refused = [](EngineOptions options, const char* part) {
    options.precision = Precision::kInt8;
    try {
      CreateEngine(options);
      ADD_FAILURE() << "an error was expected";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
      EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
    }
  };
  expect_refused({.model = Model("unet_thin"), .kind = EngineKind::kOpenVino}, "int8");
  expect_refused({.model = Model("small")}, "ReduceMean");
  const auto engine = CreateEngine({.model = Model("unet_thin"), .precision = Precision::kInt8});
  EXPECT_EQ(engine->info().precision, Precision::kInt8);
  EXPECT_TRUE(engine->info().description.starts_with("fused ")) << engine->info().description;
}

TEST(CreateEngine, RefusesDamagedFilesWhateverTheKind) {
  for (const EngineKind kind : {EngineKind::kAuto, EngineKind::kFused, EngineKind::kOpenVino}) {
    try {
      CreateEngine({.model = Model("missing"), .kind = kind});
      FAIL() << "an error was expected";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kBadPackage);
    }
  }
}

}  // namespace
}  // namespace mouthpiece
