// The fused engine's kernels on the shapes of U-Net 328.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <vector>

#include "infer/fused/buffer.h"
#include "infer/fused/kernel_tables.h"

namespace mouthpiece::fused {
namespace {

/// Arguments: pixels, inputs, outputs.
template <typename T>
void BM_Multiply(benchmark::State& state) {
  const std::vector<Kernels<T>> tables = KernelTables<T>();
  if (tables.empty()) {
    state.SkipWithError("this CPU has no products of bfloat16");
    return;
  }
  const Kernels<T>& kernels = tables.front();
  state.SetLabel(kernels.name);
  const auto pixels = static_cast<size_t>(state.range(0));
  const auto inputs = static_cast<size_t>(state.range(1));
  const auto outputs = static_cast<size_t>(state.range(2));
  Buffer<T> operand((pixels + 16) * inputs + 32);
  Buffer<T> weights(inputs * outputs);
  Buffer<float> bias(outputs);
  Buffer<float> result((pixels + 16) * outputs);
  Product<T> product{.sources = {},
                     .source_count = 1,
                     .weights = weights.data(),
                     .bias = bias.data(),
                     .pixels = static_cast<int>(pixels),
                     .outputs = static_cast<int>(outputs),
                     .result = result.data(),
                     .result_stride = static_cast<ptrdiff_t>((pixels + 16) * kBlockChannels)};
  product.sources[0] = {operand.data(), static_cast<ptrdiff_t>(inputs), kDepthChannels,
                        static_cast<int>(inputs)};
  const KernelThread<T> ready(kernels);
  for (auto _ : state) kernels.multiply(product);
  const auto iterations = static_cast<double>(state.iterations());
  state.counters["MAC"] = benchmark::Counter(
      iterations * static_cast<double>(pixels * inputs * outputs), benchmark::Counter::kIsRate);
}

void Shapes(benchmark::internal::Benchmark* benchmark) {
  benchmark->Args({320, 16, 64})
      ->Args({320, 64, 32})
      ->Args({320, 32, 64})
      ->Args({320, 64, 128})
      ->Args({320, 128, 16})
      ->Args({160, 128, 256})
      ->Args({160, 256, 32})
      ->Args({80, 128, 256})
      ->Args({80, 256, 64})
      ->Args({80, 512, 128})
      ->Args({80, 512, 1024})
      ->Args({100, 512, 1024})
      ->Args({100, 1024, 512});
}

BENCHMARK(BM_Multiply<BFloat16>)->Apply(Shapes);
BENCHMARK(BM_Multiply<PairedBFloat16>)->Apply(Shapes);
BENCHMARK(BM_Multiply<float>)->Apply(Shapes);

/// Arguments: width, stride.
template <typename T>
void BM_Depthwise(benchmark::State& state) {
  using Wide = typename Layout<T>::Wide;
  constexpr size_t kBlock = Layout<T>::kWideChannels;
  const std::vector<Kernels<T>> tables = KernelTables<T>();
  if (tables.empty()) {
    state.SkipWithError("this CPU has no products of bfloat16");
    return;
  }
  const Kernels<T>& kernels = tables.front();
  state.SetLabel(kernels.name);
  const auto width = static_cast<size_t>(state.range(0));
  const auto stride = static_cast<size_t>(state.range(1));
  Buffer<Wide> rows(3 * width * kBlock);
  Buffer<Wide> weights(9 * kBlock);
  Buffer<Wide> bias(kBlock);
  Buffer<T> output(width * kDepthChannels);
  DepthwiseRow<T> job;
  for (size_t y = 0; y < 3; ++y) job.rows[y] = rows.data() + y * width * kBlock;
  job.width = static_cast<int>(width);
  job.output_width = static_cast<int>(width / stride);
  job.stride = static_cast<int>(stride);
  job.weights = weights.data();
  job.bias = bias.data();
  job.output = output.data();
  job.output_stride = kDepthChannels;
  const KernelThread<T> ready(kernels);
  for (auto _ : state) kernels.depthwise(job);
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations()) *
                          static_cast<int64_t>(rows.size() * sizeof(Wide)));
  state.counters["MAC"] = benchmark::Counter(
      static_cast<double>(state.iterations()) * static_cast<double>(width / stride * 9 * kBlock),
      benchmark::Counter::kIsRate);
}

BENCHMARK(BM_Depthwise<BFloat16>)->ArgsProduct({{320, 40}, {1, 2}});
BENCHMARK(BM_Depthwise<PairedBFloat16>)->ArgsProduct({{320, 40}, {1, 2}});
BENCHMARK(BM_Depthwise<float>)->ArgsProduct({{320, 40}, {1, 2}});

}  // namespace
}  // namespace mouthpiece::fused
