#include "live/encoder_choice.h"

#include <algorithm>
#include <random>
#include <span>

#include "audio/window_stream.h"
#include "mouthpiece/audio.h"
#include "speech/encoder_keeper.h"

namespace mouthpiece::live {
namespace {

/// Windows with all values that mel rows have.
std::vector<float> TrialWindows(int count) {
  std::mt19937 random(1);
  std::uniform_real_distribution<float> value(-4, 4);
  std::vector<float> windows(static_cast<size_t>(count) * kWindowValues);
  std::ranges::generate(windows, [&] { return value(random); });
  return windows;
}

/// The rows of all windows, as many a call as the encoder holds.
std::vector<float> RowsOf(AudioEncoder& encoder, std::span<const float> windows) {
  std::vector<float> rows;
  while (!windows.empty()) {
    const size_t values =
        std::min(windows.size(), static_cast<size_t>(encoder.batch()) * kWindowValues);
    std::ranges::copy(windows.first(values), encoder.windows().begin());
    const std::span<const float> made = encoder.Run(static_cast<int>(values / kWindowValues));
    rows.insert(rows.end(), made.begin(), made.end());
    windows = windows.subspan(values);
  }
  return rows;
}

}  // namespace

std::vector<std::unique_ptr<AudioEncoder>> LoadSmallEncoders(const Package& package, size_t count) {
  std::vector<std::unique_ptr<AudioEncoder>> encoders;
  WeightsKeeper weights;
  int batch = 0;  // the one of finished speech
  {
    const std::unique_ptr<AudioEncoder> usual = LoadAudioEncoder(package, {.threads = 1}, &weights);
    const std::vector<float> windows = TrialWindows(usual->batch());
    const std::vector<float> expected = RowsOf(*usual, windows);
    for (const int small : {1, 2, 4, 8}) {
      if (small >= usual->batch()) break;
      encoders.clear();
      encoders.push_back(LoadAudioEncoder(package, {.batch = small, .threads = 1}, &weights));
      if (RowsOf(*encoders.front(), windows) == expected) {
        batch = small;
        break;
      }
      encoders.clear();
    }
  }
  while (encoders.size() < std::max<size_t>(count, 1)) {
    encoders.push_back(LoadAudioEncoder(package, {.batch = batch, .threads = 1}, &weights));
  }
  return encoders;
}

}  // namespace mouthpiece::live
