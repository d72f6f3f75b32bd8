// How tests fill and run an audio encoder.
#ifndef MOUTHPIECE_TESTS_SUPPORT_AUDIO_WINDOWS_H_
#define MOUTHPIECE_TESTS_SUPPORT_AUDIO_WINDOWS_H_

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <random>
#include <span>
#include <vector>

#include "infer/audio_encoder.h"

namespace mouthpiece::testing {

inline constexpr size_t kEncoderWindow = 1280;  ///< Values
inline constexpr size_t kEncoderRow = 512;

inline std::vector<float> RandomWindows(size_t count) {
  std::mt19937 random(1);
  std::uniform_real_distribution<float> value(-4, 4);
  std::vector<float> windows(count * kEncoderWindow);
  for (float& x : windows) x = value(random);
  return windows;
}

/// Runs all windows, as many a call as it takes.
inline std::vector<float> Encode(AudioEncoder& encoder, std::span<const float> windows) {
  std::vector<float> rows;
  while (!windows.empty()) {
    const size_t most = static_cast<size_t>(encoder.batch());
    const size_t count = std::min(most, windows.size() / kEncoderWindow);
    std::ranges::copy(windows.first(count * kEncoderWindow), encoder.windows().begin());
    const std::span<const float> result = encoder.Run(static_cast<int>(count));
    EXPECT_EQ(result.size(), count * kEncoderRow);
    rows.insert(rows.end(), result.begin(), result.end());
    windows = windows.subspan(count * kEncoderWindow);
  }
  return rows;
}

}  // namespace mouthpiece::testing

#endif  // MOUTHPIECE_TESTS_SUPPORT_AUDIO_WINDOWS_H_
