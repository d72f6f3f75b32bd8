#include "live/row_track.h"

#include <algorithm>

#include "audio/window_stream.h"

namespace mouthpiece::live {
namespace {

constexpr int64_t kMelHop = 200;
constexpr int64_t kHalfMelWindow = 400;
constexpr int64_t kMelRate = 80;
constexpr float kSilence = -4;
// Mel rows that a stream gives wrong that begins amid the sound: it takes what came before for
// silence.
constexpr int64_t kWarmUp = 3;
// Farther than that it is quicker to begin anew.
constexpr int64_t kFar = kMelRowsAWindow;

/// The first mel row of a row's window: row 0 shares that of row 1 (FeatureStream).
int64_t FirstMelRow(int64_t row) { return std::max<int64_t>(row - 1, 0) * kMelRate / kFeatureRate; }

}  // namespace

int64_t RowSoundBegin(int64_t row) { return kMelHop * FirstMelRow(row) - kHalfMelWindow - 1; }

int64_t RowSoundEnd(int64_t row) {
  return kMelHop * (FirstMelRow(row) + kMelRowsAWindow - 1) + kHalfMelWindow;
}

RowTrack::RowTrack(const Timeline& timeline, int64_t first) : timeline_(timeline), first_(first) {}

std::optional<RowBatch> RowTrack::Next(int64_t until, int most) {
  if (is_out_) return std::nullopt;
  RowBatch batch;
  for (;;) {
    const int64_t row = first_ + static_cast<int64_t>(rows_.size());
    if (row >= until || RowSoundEnd(row) > timeline_.known_end()) break;
    if (static_cast<int>(batch.rows.size()) == most) break;
    if (!timeline_.HasSound(RowSoundBegin(row), RowSoundEnd(row)) ||
        CutWindow(row, batch.windows)) {
      rows_.emplace_back();
      continue;
    }
    rows_.push_back({Kind::kInWork, {}});
    batch.rows.push_back(row);
  }
  if (batch.rows.empty()) return std::nullopt;
  is_out_ = true;
  batch.version = version_;
  return batch;
}

void RowTrack::Put(const RowBatch& batch, std::span<const float> values) {
  if (batch.version != version_) return;
  is_out_ = false;
  for (size_t i = 0; i < batch.rows.size(); ++i) {
    if (batch.rows[i] < first_) continue;
    const std::span<const float> row = values.subspan(i * kFeatureValues, kFeatureValues);
    rows_[static_cast<size_t>(batch.rows[i] - first_)] = {Kind::kMade, {row.begin(), row.end()}};
  }
}

void RowTrack::Invalidate(int64_t position) {
  mel_stream_.reset();
  while (!rows_.empty() &&
         RowSoundEnd(first_ + static_cast<int64_t>(rows_.size()) - 1) > position) {
    rows_.pop_back();
  }
  // A batch is made anew with what follows it.
  const auto in_work =
      std::ranges::find_if(rows_, [](const Entry& entry) { return entry.kind == Kind::kInWork; });
  rows_.erase(in_work, rows_.end());
  if (is_out_) ++version_;
  is_out_ = false;
}

void RowTrack::LetGoBefore(int64_t row) {
  while (!rows_.empty() && first_ < row) {
    rows_.pop_front();
    ++first_;
  }
}

bool RowTrack::IsMade(int64_t begin, int64_t end) const {
  if (end > first_ + static_cast<int64_t>(rows_.size())) return false;
  return std::all_of(rows_.begin() + std::max<int64_t>(0, begin - first_),
                     rows_.begin() + std::max<int64_t>(0, end - first_),
                     [](const Entry& entry) { return entry.kind != Kind::kInWork; });
}

bool RowTrack::IsSilent(int64_t begin, int64_t end) const {
  return std::all_of(rows_.begin() + std::max<int64_t>(0, begin - first_),
                     rows_.begin() + std::max<int64_t>(0, end - first_),
                     [](const Entry& entry) { return entry.kind == Kind::kSilent; });
}

std::span<const float> RowTrack::Row(int64_t row) const {
  if (row < first_) return {};
  return rows_[static_cast<size_t>(row - first_)].values;
}

uint64_t RowTrack::bytes() const {
  uint64_t bytes = mel_.capacity() * sizeof(float);
  for (const Entry& entry : rows_) {
    bytes += sizeof(Entry) + entry.values.capacity() * sizeof(float);
  }
  return bytes;
}

bool RowTrack::CutWindow(int64_t row, std::vector<float>& windows) {
  const int64_t begin = FirstMelRow(row);
  const int64_t end = begin + kMelRowsAWindow;
  if (mel_stream_ == nullptr || begin < mel_first_ ||
      begin > mel_first_ + static_cast<int64_t>(mel_.size()) / kMelBands + kFar) {
    Restart(begin);
  }
  // Rows that no later window needs.
  const int64_t drop = std::min(begin - mel_first_, static_cast<int64_t>(mel_.size()) / kMelBands);
  mel_.erase(mel_.begin(), mel_.begin() + drop * kMelBands);
  mel_first_ += drop;

  const int64_t needed = kMelHop * (end - 1) + kHalfMelWindow;
  if (heard_ < needed) {
    std::vector<float> samples(static_cast<size_t>(needed - heard_));
    timeline_.Hear(heard_, samples);
    mel_stream_->Push(samples);
    heard_ = needed;
  }
  std::vector<float> made(static_cast<size_t>(mel_stream_->ready() * kMelBands));
  mel_stream_->Pull(made);
  const int64_t wrong = std::min(mel_skip_, static_cast<int64_t>(made.size()) / kMelBands);
  mel_skip_ -= wrong;
  mel_.insert(mel_.end(), made.begin() + wrong * kMelBands, made.end());

  const std::span<const float> source = std::span<const float>(mel_).subspan(
      static_cast<size_t>(begin - mel_first_) * kMelBands, kWindowValues);
  if (std::ranges::all_of(source, [](float value) { return value == kSilence; })) return true;
  const size_t before = windows.size();
  windows.resize(before + kWindowValues);
  CutEncoderWindow(source, std::span(windows).subspan(before));
  return false;
}

void RowTrack::Restart(int64_t mel_row) {
  const int64_t start = std::max<int64_t>(0, mel_row - kWarmUp);
  mel_stream_ = std::make_unique<MelStream>();
  heard_ = start * kMelHop;
  mel_.clear();
  mel_skip_ = start == 0 ? 0 : kWarmUp;
  mel_first_ = start + mel_skip_;
}

}  // namespace mouthpiece::live
