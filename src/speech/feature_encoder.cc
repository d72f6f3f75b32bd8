#include "speech/feature_encoder.h"

#include <algorithm>
#include <string>

#include "mouthpiece/error.h"

namespace mouthpiece {
namespace {

constexpr size_t kMelRowsAtOnce = 64;

}  // namespace

FeatureEncoder::FeatureEncoder(AudioEncoder& encoder)
    : encoder_(encoder), mel_rows_(size_t{kMelBands} * kMelRowsAtOnce) {}

void FeatureEncoder::Push(std::span<const float> samples) {
  mel_.Push(samples);
  CutWindows();
}

void FeatureEncoder::Finish() {
  finished_ = true;
  mel_.Finish();
  CutWindows();
}

void FeatureEncoder::CutWindows() {
  while (const int64_t count = mel_.Pull(mel_rows_)) {
    windows_.Push(std::span(mel_rows_).first(static_cast<size_t>(count) * kMelBands));
  }
  if (finished_) windows_.Finish();
}

int64_t FeatureEncoder::Possible() const {
  const int64_t cut = Cut();
  return cut == 0 ? 0 : cut + 1 + (finished_ ? 1 : 0);
}

std::span<const float> FeatureEncoder::Row(int64_t window) {
  if (window == encoded_first_ + encoded_count_) {
    encoded_first_ = window;
    encoded_count_ = windows_.Pull(encoder_.windows());
    encoded_ = encoder_.Run(static_cast<int>(encoded_count_));
  }
  return encoded_.subspan(static_cast<size_t>(window - encoded_first_) * kFeatureValues,
                          kFeatureValues);
}

int64_t FeatureEncoder::Pull(std::span<float> rows) {
  if (rows.size() % kFeatureValues != 0) {
    throw Error(ErrorCode::kInvalidArgument, "feature rows: expected room for a multiple of 512 " +
                                                 std::string("values, found ") +
                                                 std::to_string(rows.size()));
  }
  const int64_t count = std::min(ready(), static_cast<int64_t>(rows.size()) / kFeatureValues);
  const int64_t last_window = Cut() - 1;
  for (int64_t i = 0; i < count; ++i) {
    const int64_t window = std::clamp<int64_t>(pulled_ - 1, 0, last_window);
    std::ranges::copy(Row(window), rows.begin() + i * kFeatureValues);
    ++pulled_;
  }
  return count;
}

int64_t FeatureEncoder::Skip() {
  const int64_t count = ready();
  pulled_ += count;
  encoded_first_ += encoded_count_;
  encoded_count_ = 0;
  std::vector<float> window(kWindowValues);
  while (windows_.Pull(window) > 0) ++encoded_first_;
  return count;
}

}  // namespace mouthpiece
