// Frames a second of the engine with every request kept busy, as the pipeline drives it.
//   MOUTHPIECE_BENCH_MODEL=unet328.onnx infer_bench
// And of the audio encoder, in calls of one window and of many:
//   MOUTHPIECE_BENCH_ENCODER=audio_encoder.onnx infer_bench --benchmark_filter=Encode
#include <benchmark/benchmark.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string>

#include "infer/audio_encoder.h"
#include "infer/engine.h"
#include "infer/openvino/openvino_audio_encoder.h"
#include "mouthpiece/error.h"

namespace mouthpiece {
namespace {

std::filesystem::path PathIn(const char* variable) {
  const char* path = std::getenv(variable);
  return path == nullptr ? "" : path;
}

std::filesystem::path Model() { return PathIn("MOUTHPIECE_BENCH_MODEL"); }

void Fill(Engine& engine, int request) {
  uint32_t state = 328;
  for (int i = 0; i < engine.info().batch; ++i) {
    for (uint8_t& value : engine.visual(request, i)) {
      state = state * 1664525U + 1013904223U;
      value = static_cast<uint8_t>(state >> 24);
    }
    for (float& value : engine.audio(request, i)) value = 0.5F;
  }
}

/// Arguments: batch, threads (0: all cores), requests (0: the default; 1: one stream), precision
/// (0: f32, 1: bf16, 2: int8), OpenVINO.
void BM_Infer(benchmark::State& state) {
  if (Model().empty()) {
    state.SkipWithError("set MOUTHPIECE_BENCH_MODEL to a generator's .onnx");
    return;
  }
  EngineOptions options;
  options.model = Model();
  options.batch = static_cast<int>(state.range(0));
  options.threads = static_cast<int>(state.range(1));
  options.requests = static_cast<int>(state.range(2));
  constexpr std::array kPrecisions{Precision::kF32, Precision::kBf16, Precision::kInt8};
  options.precision = kPrecisions.at(static_cast<size_t>(state.range(3)));
  options.kind = state.range(4) != 0 ? EngineKind::kOpenVino : EngineKind::kFused;
  std::unique_ptr<Engine> engine;
  try {
    engine = CreateEngine(options);
  } catch (const Error& error) {
    state.SkipWithError(error.what());
    return;
  }
  const int batch = engine->info().batch;
  const int requests = engine->info().requests;
  for (int r = 0; r < requests; ++r) {
    Fill(*engine, r);
    engine->Start(r, batch);
  }
  int next = 0;
  for (auto _ : state) {
    engine->Wait(next);
    benchmark::DoNotOptimize(engine->prediction(next, 0).data());
    engine->Start(next, batch);
    next = (next + 1) % requests;
  }
  for (int r = 0; r < requests; ++r) engine->Wait(r);
  const auto frames = static_cast<double>(state.iterations() * batch);
  state.counters["ms/frame"] =
      benchmark::Counter(frames / 1000, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
  state.counters["fps"] = benchmark::Counter(frames, benchmark::Counter::kIsRate);
  state.SetLabel(engine->info().description);
}

BENCHMARK(BM_Infer)
    ->ArgNames({"batch", "threads", "requests", "precision", "openvino"})
    ->ArgsProduct({{1, 2, 4, 8}, {0, 1}, {0, 1}, {0, 1}, {0, 1}})
    ->ArgsProduct({{1, 2, 4, 8}, {0, 1}, {0, 1}, {2}, {0}})
    ->Unit(benchmark::kMillisecond)
    ->MeasureProcessCPUTime()
    ->UseRealTime();

/// Arguments: batch, threads (0: all cores), OpenVINO.
void BM_Encode(benchmark::State& state) {
  const AudioEncoderOptions options{.model = PathIn("MOUTHPIECE_BENCH_ENCODER"),
                                    .batch = static_cast<int>(state.range(0)),
                                    .threads = static_cast<int>(state.range(1))};
  if (options.model.empty()) {
    state.SkipWithError("set MOUTHPIECE_BENCH_ENCODER to an audio encoder's .onnx");
    return;
  }
  std::unique_ptr<AudioEncoder> encoder;
  try {
    encoder =
        state.range(2) != 0 ? CreateOpenVinoAudioEncoder(options) : CreateAudioEncoder(options);
  } catch (const Error& error) {
    state.SkipWithError(error.what());
    return;
  }
  std::ranges::fill(encoder->windows(), 0.5F);
  for (auto _ : state) benchmark::DoNotOptimize(encoder->Run(encoder->batch()).data());
  const auto windows = static_cast<double>(state.iterations() * encoder->batch());
  state.counters["ms/window"] =
      benchmark::Counter(windows / 1000, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

BENCHMARK(BM_Encode)
    ->ArgNames({"batch", "threads", "openvino"})
    ->ArgsProduct({{1, 25}, {1, 2}, {0, 1}})
    ->Unit(benchmark::kMillisecond)
    ->MeasureProcessCPUTime()
    ->UseRealTime();

}  // namespace
}  // namespace mouthpiece
