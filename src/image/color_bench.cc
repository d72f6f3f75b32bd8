// Conversions of the sizes that rendering meets, beside a plain copy of as many bytes.
#include <benchmark/benchmark.h>

#include <cstring>
#include <vector>

#include "image/color.h"

namespace mouthpiece {
namespace {

Picture Filled(PixelFormat format, ColorRange range, int width, int height) {
  Picture picture(format, range, width, height);
  for (size_t i = 0; i < picture.bytes(); ++i) {
    picture.view().planes[0].data[i] = static_cast<uint8_t>(i * 2654435761U >> 24);
  }
  return picture;
}

void ToBgr(benchmark::State& state, ColorRange range) {
  const int side = static_cast<int>(state.range(0));
  const Picture source = Filled(PixelFormat::kYuv420, range, side, side);
  Picture target(PixelFormat::kBgrPlanar, ColorRange::kFull, side, side);
  for (auto _ : state) {
    YuvToBgr(source.view(), target.view());
    benchmark::ClobberMemory();
  }
  state.SetBytesProcessed(static_cast<int64_t>(source.bytes() + target.bytes()) *
                          state.iterations());
}
BENCHMARK_CAPTURE(ToBgr, limited, ColorRange::kLimited)->Arg(320)->Arg(328);
BENCHMARK_CAPTURE(ToBgr, full, ColorRange::kFull)->Arg(320);

void Expand(benchmark::State& state) {
  const Picture source = Filled(PixelFormat::kYuv420, ColorRange::kLimited, 1280, 720);
  Picture target(PixelFormat::kYuv420, ColorRange::kFull, 1280, 720);
  for (auto _ : state) {
    LimitedToFull(source.view(), target.view());
    benchmark::ClobberMemory();
  }
  state.SetBytesProcessed(static_cast<int64_t>(2 * source.bytes()) * state.iterations());
}
BENCHMARK(Expand);

// Reads and writes as many bytes as ToBgr at 320 (a third of them read) and Expand do.
void Copy(benchmark::State& state) {
  const size_t bytes = static_cast<size_t>(state.range(0));
  const std::vector<uint8_t> from(bytes, 1);
  std::vector<uint8_t> to(bytes);
  for (auto _ : state) {
    std::memcpy(to.data(), from.data(), bytes);
    benchmark::ClobberMemory();
  }
  state.SetBytesProcessed(static_cast<int64_t>(2 * bytes) * state.iterations());
}
BENCHMARK(Copy)->Arg(320 * 320 * 9 / 4)->Arg(1280 * 720 * 3 / 2);

}  // namespace
}  // namespace mouthpiece
