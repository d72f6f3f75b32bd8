// Mel rows of a second of speech at a time, as they arrive in a stream.
#include <benchmark/benchmark.h>

#include <random>
#include <vector>

#include "mouthpiece/audio.h"

namespace mouthpiece {
namespace {

void BM_MelStream(benchmark::State& state) {
  std::mt19937 random(1);
  std::normal_distribution<float> sample(0, 0.1F);
  std::vector<float> second(kSpeechSampleRate);
  for (float& value : second) value = sample(random);
  std::vector<float> rows(size_t{100} * kMelBands);
  MelStream stream;
  for (auto _ : state) {
    stream.Push(second);
    benchmark::DoNotOptimize(stream.Pull(rows));
    benchmark::ClobberMemory();
  }
  state.counters["times_real_time"] =
      benchmark::Counter(static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
}
BENCHMARK(BM_MelStream)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace mouthpiece
