// How far each arithmetic of the network is from f32 on a package's own frames.
//   precision_error PACKAGE [FRAMES]
// Prints a Markdown table. The reference is OpenVINO in f32. The first GPU is among them where
// there is one; Mesa's software device takes seconds a frame.
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "avatar/features.h"
#include "avatar/package.h"
#include "device/engine_fit.h"
#include "device/network_input.h"
#include "infer/engine.h"
#include "mouthpiece/error.h"
#include "store/frame_store.h"

#ifdef MOUTHPIECE_VULKAN
#include "gpu_batch.h"
#include "infer/fused/plan.h"
#include "infer/read_generator.h"
#endif

namespace mouthpiece {
namespace {

/// What the network is given for some frames.
struct Inputs {
  std::vector<std::vector<uint8_t>> visual;
  std::vector<std::vector<float>> audio;
};

using Predictions = std::vector<std::vector<uint8_t>>;

struct Arithmetic {
  const char* name = "";
  EngineKind kind = EngineKind::kOpenVino;
  Precision precision = Precision::kF32;
};

constexpr Arithmetic kReference{"OpenVINO f32", EngineKind::kOpenVino, Precision::kF32};
constexpr std::array<Arithmetic, 4> kOthers{{
    {"fused f32", EngineKind::kFused, Precision::kF32},
    {"fused bf16", EngineKind::kFused, Precision::kBf16},
    {"fused int8", EngineKind::kFused, Precision::kInt8},
    {"OpenVINO bf16", EngineKind::kOpenVino, Precision::kBf16},
}};

/// Every frame of the package that is a multiple of `step`.
Inputs ReadInputs(const std::shared_ptr<const Avatar>& avatar, const FeatureTable& features,
                  int step, const EngineInfo& info) {
  const FrameSequence sequence{LoopMode::kNone, avatar->frame_count(), {0, avatar->frame_count()}};
  StoreOptions options;
  options.mode = CacheMode::kStream;
  const std::unique_ptr<FrameStore> store = OpenFrameStore(avatar, options, sequence);
  const std::unique_ptr<FrameReader> reader =
      store->Open({.sequence = sequence, .frames_in_flight = 1, .threads = 0, .cancel = {}});
  const auto side = static_cast<size_t>(info.geometry.inner);
  size_t window = 1;
  for (const int n : info.audio_shape) window *= static_cast<size_t>(n);
  Inputs inputs;
  for (int i = 0; i < avatar->frame_count(); ++i) {
    const SourceFrame source = reader->Next();
    if (i % step != 0) continue;
    FillVisual(source.face, inputs.visual.emplace_back(6 * side * side));
    CopyAudioWindow(features, i, AudioWindowMode::kZero, inputs.audio.emplace_back(window));
  }
  return inputs;
}

std::unique_ptr<Engine> Open(const Package& package, const FeatureTable& features,
                             const Arithmetic& arithmetic) {
  return OpenGenerator(package,
                       {.model = {},
                        .precision = arithmetic.precision,
                        .batch = 1,
                        .threads = 0,
                        .requests = 1,
                        .kind = arithmetic.kind},
                       features.row_size);
}

Predictions Predict(Engine& engine, const Inputs& inputs) {
  Predictions predictions;
  for (size_t i = 0; i < inputs.visual.size(); ++i) {
    std::ranges::copy(inputs.visual[i], engine.visual(0, 0).begin());
    std::ranges::copy(inputs.audio[i], engine.audio(0, 0).begin());
    engine.Start(0, 1);
    engine.Wait(0);
    const std::span<const uint8_t> result = engine.prediction(0, 0);
    predictions.emplace_back(result.begin(), result.end());
  }
  return predictions;
}

#ifdef MOUTHPIECE_VULKAN
Predictions PredictOnGpu(gpu::Device& device, const Package& package, const Inputs& inputs,
                         vulkan::Storage storage) {
  const NetworkReading reading = ReadGenerator(package.generator);
  const fused::Planning planning =
      reading.network ? fused::MakePlan(*reading.network) : fused::Planning{{}, reading.obstacle};
  if (!planning.plan) throw Error(ErrorCode::kUnsupported, planning.obstacle);
  const vulkan::VulkanNetwork network(device, *planning.plan, {.storage = storage, .batch = 1});
  GpuBatch frame(device, network, package.geometry.inner);
  gpu::Commands commands(device, network.steps());
  Predictions predictions;
  for (size_t i = 0; i < inputs.visual.size(); ++i) {
    frame.Set(0, inputs.visual[i], inputs.audio[i]);
    frame.Record(commands);
    commands.Submit();
    commands.Wait();
    predictions.push_back(frame.Picture(0));
  }
  return predictions;
}
#endif

void PrintErrors(const char* name, const std::string& description, const Predictions& found,
                 const Predictions& expected) {
  std::array<int64_t, 256> counts{};
  for (size_t i = 0; i < expected.size(); ++i) {
    for (size_t k = 0; k < expected[i].size(); ++k) {
      ++counts[static_cast<size_t>(std::abs(found[i][k] - expected[i][k]))];
    }
  }
  int64_t values = 0;
  int64_t sum = 0;
  int largest = 0;
  for (int error = 0; error < 256; ++error) {
    values += counts[static_cast<size_t>(error)];
    sum += error * counts[static_cast<size_t>(error)];
    if (counts[static_cast<size_t>(error)] > 0) largest = error;
  }
  int percentile = 0;
  for (int64_t below = counts[0]; below * 100 < values * 99; ++percentile) {
    below += counts[static_cast<size_t>(percentile) + 1];
  }
  std::printf("| %s | %.4f | %d | %d | %s |\n", name,
              static_cast<double>(sum) / static_cast<double>(values), percentile, largest,
              description.c_str());
}

void Run(const char* path, int frames) {
  const std::shared_ptr<const Avatar> avatar = Avatar::Open(path);
  const Package& package = PackageOf(*avatar);
  const FeatureTable features = LoadFeatures(package.features);
  const int step = std::max(1, avatar->frame_count() / frames);
  const std::unique_ptr<Engine> reference = Open(package, features, kReference);
  const Inputs inputs = ReadInputs(avatar, features, step, reference->info());
  const Predictions expected = Predict(*reference, inputs);

  std::printf("Difference from %s in 1/255, %zu frames (every %d), %zu values.\n\n",
              reference->info().description.c_str(), inputs.visual.size(), step,
              inputs.visual.size() * expected[0].size());
  std::printf("| | mean | 99 %% at most | largest | engine |\n|---|---|---|---|---|\n");
  for (const Arithmetic& arithmetic : kOthers) {
    try {
      const std::unique_ptr<Engine> engine = Open(package, features, arithmetic);
      PrintErrors(arithmetic.name, engine->info().description, Predict(*engine, inputs), expected);
    } catch (const Error& error) {
      std::printf("| %s | | | | %s |\n", arithmetic.name, error.what());
    }
    std::fflush(stdout);
  }
#ifdef MOUTHPIECE_VULKAN
  constexpr std::pair<const char*, vulkan::Storage> kStorages[] = {
      {"Vulkan f16", vulkan::Storage::kHalf}, {"Vulkan f32", vulkan::Storage::kFloat}};
  for (const auto& [name, storage] : kStorages) {
    try {
      gpu::Device device(gpu::Instance::Open(), 0);
      PrintErrors(name, device.info().name, PredictOnGpu(device, package, inputs, storage),
                  expected);
    } catch (const Error& error) {
      std::printf("| %s | | | | %s |\n", name, error.what());
    }
    std::fflush(stdout);
  }
#endif
}

}  // namespace
}  // namespace mouthpiece

int main(int argc, char** argv) {
  const int frames = argc == 3 ? std::atoi(argv[2]) : 100;
  if (argc < 2 || argc > 3 || frames < 1) {
    std::fprintf(stderr, "usage: precision_error PACKAGE [FRAMES]\n");
    return 2;
  }
  try {
    mouthpiece::Run(argv[1], frames);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "precision_error: %s\n", error.what());
    return 1;
  }
  return 0;
}
