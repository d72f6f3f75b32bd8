// Saving one frame of the usual size: a 182x182 rectangle at an odd origin of a 1280x720 frame.
// Bytes a second are those of the file that results; of the transform, those of the samples.
#include <benchmark/benchmark.h>

#include <random>

#include "jpeg/jpeg_splicer.h"

namespace mouthpiece {
namespace {

constexpr Rect kRect{533, 211, 533 + 182, 211 + 182};

/// A gradient with some noise: about as many bytes a pixel as a filmed frame.
Picture MakeFrame(ColorRange range) {
  std::minstd_rand random;
  Picture frame(PixelFormat::kYuv420, range, 1280, 720);
  for (const Plane& plane : frame.view().planes) {
    for (int y = 0; y < plane.height; ++y) {
      for (int x = 0; x < plane.width; ++x) {
        plane.row(y)[x] = static_cast<uint8_t>(40 + (x + y) / 16 + static_cast<int>(random() % 7));
      }
    }
  }
  return frame;
}

void Report(benchmark::State& state, size_t file_bytes) {
  state.SetBytesProcessed(static_cast<int64_t>(file_bytes) * state.iterations());
  state.counters["file_bytes"] = static_cast<double>(file_bytes);
}

void Whole(benchmark::State& state, ColorRange range) {
  const Picture frame = MakeFrame(range);
  JpegEncoder encoder(95, static_cast<int>(state.range(0)));
  size_t bytes = 0;
  for (auto _ : state) bytes = encoder.Encode(frame.view()).size();
  Report(state, bytes);
}

void Splice(benchmark::State& state, ColorRange range) {
  const Picture frame = MakeFrame(range);
  JpegEncoder encoder(95, static_cast<int>(state.range(0)));
  JpegSplicer splicer(encoder);
  const JpegBackground background(encoder.Encode(frame.view()));
  size_t bytes = 0;
  for (auto _ : state) {
    bytes = 0;
    for (const auto& piece : splicer.Splice(background, kRect, frame.view())) bytes += piece.size();
  }
  Report(state, bytes);
}

void TransformLuma(benchmark::State& state) {
  const Picture frame = MakeFrame(ColorRange::kFull);
  const JpegSetup setup = MakeJpegSetup(95, 0);
  ConstPlane blocks = frame.view().planes[0];
  blocks.height = kBlockSize;
  CoefficientRow coefficients;
  for (auto _ : state) TransformBlocks(blocks, setup.quant[0], coefficients);
  state.SetBytesProcessed(int64_t{blocks.width} * blocks.height * state.iterations());
}

BENCHMARK(TransformLuma);
BENCHMARK_CAPTURE(Whole, full_range, ColorRange::kFull)->Arg(0)->Arg(8);
BENCHMARK_CAPTURE(Whole, limited_range, ColorRange::kLimited)->Arg(8);
BENCHMARK_CAPTURE(Splice, full_range, ColorRange::kFull)
    ->ArgsProduct({{1, 2, 4, 5, 8, 10, 16, 20, 80}});
BENCHMARK_CAPTURE(Splice, limited_range, ColorRange::kLimited)->Arg(8);

}  // namespace
}  // namespace mouthpiece
