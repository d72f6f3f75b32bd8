// A rectangle of the usual size, 182x182 at an odd origin of a 1280x720 frame: of one frame that
// stays in the caches, and of one frame after the other, as in a render.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <random>
#include <vector>

#include "compose/compositor.h"

namespace mouthpiece {
namespace {

constexpr FaceGeometry kGeometry;
constexpr size_t kPredictionSize = size_t{3} * kGeometry.inner * kGeometry.inner;

void Run(benchmark::State& state, Resample resample, bool is_float, size_t frame_count) {
  std::minstd_rand random;
  std::vector<uint8_t> bytes(kPredictionSize);
  std::vector<float> floats(kPredictionSize);
  for (size_t i = 0; i < kPredictionSize; ++i) {
    bytes[i] = static_cast<uint8_t>(random());
    floats[i] = bytes[i] / 255.0F;
  }
  std::vector<uint8_t> ring(RingView::Bytes(kGeometry), 100);
  std::vector<Picture> frames;
  for (size_t i = 0; i < frame_count; ++i) {
    frames.emplace_back(PixelFormat::kYuv420, ColorRange::kLimited, 1280, 720);
    for (const Plane& plane : frames.back().view().planes) {
      for (int y = 0; y < plane.height; ++y) std::fill_n(plane.row(y), plane.width, uint8_t{100});
    }
  }
  Prediction prediction;
  if (is_float) {
    prediction.f32 = floats.data();
  } else {
    prediction.u8 = bytes.data();
  }
  const int side = static_cast<int>(state.range(0));
  const Rect rect{533, 211, 533 + side, 211 + side};
  Compositor compositor(kGeometry, resample);
  size_t next = 0;
  for (auto _ : state) {
    compositor.Composite(prediction, {ring.data(), kGeometry}, rect, frames[next].view());
    next = next + 1 < frame_count ? next + 1 : 0;
    benchmark::ClobberMemory();
  }
  const size_t written = static_cast<size_t>(side) * static_cast<size_t>(side) * 3 / 2;
  const size_t read = kPredictionSize * (is_float ? sizeof(float) : 1) + ring.size();
  state.SetBytesProcessed(static_cast<int64_t>(read + written) * state.iterations());
}

BENCHMARK_CAPTURE(Run, linear_u8, Resample::kLinear, false, 1)->Arg(182)->Arg(100)->Arg(500);
BENCHMARK_CAPTURE(Run, linear_u8_400_frames, Resample::kLinear, false, 400)->Arg(182)->Arg(500);
BENCHMARK_CAPTURE(Run, linear_float, Resample::kLinear, true, 1)->Arg(182);
BENCHMARK_CAPTURE(Run, cubic_u8, Resample::kCubic, false, 1)->Arg(182);

}  // namespace
}  // namespace mouthpiece
