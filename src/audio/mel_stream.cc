#include <algorithm>
#include <array>
#include <cmath>
#include <complex>
#include <numbers>
#include <string>
#include <vector>

#include "audio/mel_filters.h"
#include "audio/real_fft.h"
#include "mouthpiece/audio.h"
#include "mouthpiece/error.h"

namespace mouthpiece {
namespace {

constexpr int kWindow = 800;
constexpr int kHalfWindow = kWindow / 2;
constexpr int kHop = 200;
constexpr float kPreEmphasis = 0.97F;
constexpr float kFloor = 1e-5F;
constexpr float kReferenceDb = 20;
constexpr float kLowestDb = -100;
constexpr float kLargest = 4;

/// Periodic: as if the 801st value were the first of the next period.
std::array<float, kWindow> HannWindow() {
  std::array<float, kWindow> window{};
  for (size_t i = 0; i < kWindow; ++i) {
    const double angle = 2 * std::numbers::pi * static_cast<double>(i) / kWindow;
    window[i] = static_cast<float>(0.5 - 0.5 * std::cos(angle));
  }
  return window;
}

/// Decibels of a band's magnitude, scaled to [-4, 4]. NaN, from overflow, is silence.
float Normalise(float magnitude) {
  const float audible = std::max(kFloor, magnitude);
  const float db = 20 * std::log10(audible) - kReferenceDb;
  const float scaled = 2 * kLargest * (db - kLowestDb) / -kLowestDb - kLargest;
  return std::clamp(scaled, -kLargest, kLargest);
}

}  // namespace

struct MelStream::State {
  State() : emphasised(kHalfWindow, 0.0F), window(HannWindow()), filters({}), fft(kWindow) {}

  int64_t Total() const { return pushed / kHop + 1; }

  void Append(std::span<const float> samples) {
    // What lies before the next row is dropped once it is most of the buffer.
    if (start > emphasised.size() / 2) {
      emphasised.erase(emphasised.begin(), emphasised.begin() + static_cast<std::ptrdiff_t>(start));
      start = 0;
    }
    for (const float given : samples) {
      const float sample = std::isfinite(given) ? given : 0;
      emphasised.push_back(sample - kPreEmphasis * previous);
      previous = sample;
    }
  }

  void ComputeRow(std::span<float> row) {
    const float* const samples = emphasised.data() + start;
    for (size_t i = 0; i < kWindow; ++i) windowed[i] = window[i] * samples[i];
    fft.Transform(windowed, spectrum);
    for (size_t k = 0; k < spectrum.size(); ++k) {
      const float re = spectrum[k].real();
      const float im = spectrum[k].imag();
      magnitudes[k] = std::sqrt(re * re + im * im);
    }
    filters.Apply(magnitudes, row);
    for (float& value : row) value = Normalise(value);
    start += kHop;
  }

  std::vector<float> emphasised;  ///< Begins with the silence before the first sample
  size_t start = 0;               ///< Of the next row's window in it
  float previous = 0;             ///< The pre-emphasis starts from rest
  int64_t pushed = 0;
  int64_t pulled = 0;
  bool finished = false;

  const std::array<float, kWindow> window;
  const MelFilters filters;
  RealFft fft;
  std::array<float, kWindow> windowed{};
  std::array<std::complex<float>, kHalfWindow + 1> spectrum{};
  std::array<float, kHalfWindow + 1> magnitudes{};
};

MelStream::MelStream() : state_(std::make_unique<State>()) {}
MelStream::~MelStream() = default;
MelStream::MelStream(MelStream&&) noexcept = default;
MelStream& MelStream::operator=(MelStream&&) noexcept = default;

void MelStream::Push(std::span<const float> samples) {
  if (state_->finished) {
    throw Error(ErrorCode::kInvalidArgument, "mel rows: samples were pushed after the last");
  }
  state_->Append(samples);
  state_->pushed += static_cast<int64_t>(samples.size());
}

void MelStream::Finish() {
  State& state = *state_;
  if (state.finished) return;
  state.finished = true;
  // Zeros after pre-emphasis, as the centred transform pads what it is given.
  state.emphasised.resize(state.emphasised.size() + kHalfWindow, 0.0F);
}

int64_t MelStream::ready() const {
  const State& state = *state_;
  if (state.finished) return state.Total() - state.pulled;
  const int64_t whole = state.pushed < kHalfWindow ? 0 : (state.pushed - kHalfWindow) / kHop + 1;
  return whole - state.pulled;
}

int64_t MelStream::Pull(std::span<float> rows) {
  if (rows.size() % kMelBands != 0) {
    throw Error(ErrorCode::kInvalidArgument,
                "mel rows: expected room for a multiple of 80 values, " + std::string("found ") +
                    std::to_string(rows.size()));
  }
  const int64_t count = std::min(ready(), static_cast<int64_t>(rows.size()) / kMelBands);
  for (int64_t i = 0; i < count; ++i) {
    state_->ComputeRow(rows.subspan(static_cast<size_t>(i) * kMelBands, kMelBands));
  }
  state_->pulled += count;
  return count;
}

}  // namespace mouthpiece
