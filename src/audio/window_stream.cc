#include "audio/window_stream.h"

#include <algorithm>

namespace mouthpiece {
namespace {

constexpr int kMelRate = 80;
constexpr float kSilence = -4;
// Rows are dropped this many at a time, so that the buffer is seldom moved.
constexpr int64_t kDropRows = 256;

/// Of window `f`, before it is moved to fit.
int64_t NominalRow(int64_t f) { return f * kMelRate / kFeatureRate; }

}  // namespace

void CutEncoderWindow(std::span<const float> rows, std::span<float> window) {
  for (size_t band = 0; band < kMelBands; ++band) {
    for (size_t t = 0; t < kMelRowsAWindow; ++t) {
      window[band * kMelRowsAWindow + t] = rows[t * kMelBands + band];
    }
  }
}

int64_t WindowCount(int64_t mel_rows) {
  const int64_t rows = std::max<int64_t>(mel_rows, kMelRowsAWindow);
  return (rows - kMelRowsAWindow) * kFeatureRate / kMelRate + 2;
}

int64_t WindowStream::FirstRow(int64_t window) const {
  return std::min(NominalRow(window), row_count_ - kMelRowsAWindow);
}

void WindowStream::Push(std::span<const float> rows) {
  // A window that is moved back begins up to four rows before its nominal place.
  const int64_t needed = std::max<int64_t>(0, NominalRow(pulled_) - kMelRowsAWindow);
  if (needed - first_row_ >= kDropRows) {
    rows_.erase(rows_.begin(), rows_.begin() + (needed - first_row_) * kMelBands);
    first_row_ = needed;
  }
  rows_.insert(rows_.end(), rows.begin(), rows.end());
  row_count_ += static_cast<int64_t>(rows.size()) / kMelBands;
}

void WindowStream::Finish() {
  if (finished_) return;
  finished_ = true;
  if (row_count_ < kMelRowsAWindow) {
    rows_.resize(kWindowValues, kSilence);
    row_count_ = kMelRowsAWindow;
  }
}

int64_t WindowStream::ready() const {
  if (finished_) return WindowCount(row_count_) - pulled_;
  if (row_count_ < kMelRowsAWindow) return 0;
  // The largest f with int(80 f / 25) + 16 <= rows, plus one.
  const int64_t last = ((row_count_ - kMelRowsAWindow + 1) * kFeatureRate - 1) / kMelRate;
  return last + 1 - pulled_;
}

int64_t WindowStream::Pull(std::span<float> windows) {
  const int64_t room = static_cast<int64_t>(windows.size() / kWindowValues);
  const int64_t count = std::min(ready(), room);
  for (int64_t i = 0; i < count; ++i) {
    const int64_t row = FirstRow(pulled_ + i) - first_row_;
    CutEncoderWindow(
        std::span<const float>(rows_).subspan(static_cast<size_t>(row) * kMelBands, kWindowValues),
        windows.subspan(static_cast<size_t>(i) * kWindowValues, kWindowValues));
  }
  pulled_ += count;
  return count;
}

}  // namespace mouthpiece
