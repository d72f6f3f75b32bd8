// Samples that were never decoded by anybody, as a program pushes them: any bits, in any portions.
#include <fuzzer/FuzzedDataProvider.h>

#include <algorithm>
#include <bit>
#include <vector>

#include "mouthpiece/audio.h"
#include "only_errors.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace mouthpiece;
  FuzzedDataProvider input(data, size);
  MelStream mel;
  int64_t samples = 0;
  int64_t rows = 0;
  const auto pull = [&] {
    std::vector<float> values(static_cast<size_t>(mel.ready() * kMelBands));
    if (values.empty()) return;
    rows += mel.Pull(values);
    fuzz::Require(
        std::all_of(values.begin(), values.end(), [](float v) { return v >= -4 && v <= 4; }),
        "values within [-4, 4]");
  };
  while (input.remaining_bytes() > 0 && samples < 2000) {
    const auto sample = std::bit_cast<float>(input.ConsumeIntegral<uint32_t>());
    const std::vector<float> portion(input.ConsumeIntegral<uint8_t>(), sample);
    mel.Push(portion);
    samples += static_cast<int64_t>(portion.size());
    if (input.ConsumeBool()) pull();
  }
  mel.Finish();
  pull();
  fuzz::Require(rows == samples / 200 + 1, "a row for 200 samples");
  return 0;
}
