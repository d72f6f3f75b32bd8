// How tests fill and run an engine.
#ifndef MOUTHPIECE_TESTS_SUPPORT_NETWORK_INPUTS_H_
#define MOUTHPIECE_TESTS_SUPPORT_NETWORK_INPUTS_H_

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <random>
#include <span>
#include <vector>

#include "infer/engine.h"

namespace mouthpiece::testing {

/// Random pictures and audio windows of `count` frames.
struct Inputs {
  std::vector<std::vector<uint8_t>> visual;
  std::vector<std::vector<float>> audio;
};

inline Inputs RandomInputs(const EngineInfo& info, int count, unsigned seed = 1) {
  std::mt19937 random(seed);
  std::uniform_int_distribution<int> byte(0, 255);
  std::normal_distribution<float> feature(0, 1);
  const auto side = static_cast<size_t>(info.geometry.inner);
  size_t audio_size = 1;
  for (const int n : info.audio_shape) audio_size *= static_cast<size_t>(n);
  Inputs inputs;
  for (int i = 0; i < count; ++i) {
    inputs.visual.emplace_back(6 * side * side);
    for (uint8_t& value : inputs.visual.back()) value = static_cast<uint8_t>(byte(random));
    inputs.audio.emplace_back(audio_size);
    for (float& value : inputs.audio.back()) value = feature(random);
  }
  return inputs;
}

inline void Fill(Engine& engine, int request, int slot, const Inputs& inputs, size_t frame) {
  std::ranges::copy(inputs.visual[frame], engine.visual(request, slot).begin());
  std::ranges::copy(inputs.audio[frame], engine.audio(request, slot).begin());
}

/// Predictions of all frames, in batches, with every request in flight in turn.
inline std::vector<std::vector<uint8_t>> Predict(Engine& engine, const Inputs& inputs) {
  const int frames = static_cast<int>(inputs.visual.size());
  const int batch = engine.info().batch;
  const int requests = engine.info().requests;
  std::vector<std::vector<uint8_t>> predictions;
  const auto collect = [&](int request, int count) {
    engine.Wait(request);
    for (int i = 0; i < count; ++i) {
      const std::span<const uint8_t> result = engine.prediction(request, i);
      predictions.emplace_back(result.begin(), result.end());
    }
  };
  const auto count_of = [&](int b) { return std::min(batch, frames - b * batch); };
  const int batches = (frames + batch - 1) / batch;
  for (int b = 0; b < batches + requests; ++b) {
    if (b >= requests && b - requests < batches) collect(b % requests, count_of(b - requests));
    if (b >= batches) continue;
    for (int i = 0; i < count_of(b); ++i) {
      Fill(engine, b % requests, i, inputs, static_cast<size_t>(b * batch + i));
    }
    engine.Start(b % requests, count_of(b));
  }
  return predictions;
}

/// Largest difference of two bytes in the same place; 256 when the sizes differ.
inline int LargestDifference(const std::vector<std::vector<uint8_t>>& a,
                             const std::vector<std::vector<uint8_t>>& b) {
  int largest = a.size() == b.size() ? 0 : 256;
  for (size_t frame = 0; frame < std::min(a.size(), b.size()); ++frame) {
    if (a[frame].size() != b[frame].size()) return 256;
    for (size_t i = 0; i < a[frame].size(); ++i) {
      largest = std::max(largest, std::abs(a[frame][i] - b[frame][i]));
    }
  }
  return largest;
}

}  // namespace mouthpiece::testing

#endif  // MOUTHPIECE_TESTS_SUPPORT_NETWORK_INPUTS_H_
