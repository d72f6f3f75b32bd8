// The feature rows of a timeline.
#ifndef MOUTHPIECE_LIVE_ROW_TRACK_H_
#define MOUTHPIECE_LIVE_ROW_TRACK_H_

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "live/timeline.h"
#include "mouthpiece/audio.h"

namespace mouthpiece::live {

/// Rows that a generator's window holds: those of [frame - 8, frame + 8).
inline constexpr int kWindowRows = 16;
inline constexpr int kRowsBehind = kWindowRows / 2;
inline constexpr int kMostLookahead = kWindowRows / 2 - 1;

/// Samples [begin, end) of 16 kHz that decide a row: those of its 16 mel rows and, for the
/// pre-emphasis, one before.
int64_t RowSoundBegin(int64_t row);
int64_t RowSoundEnd(int64_t row);

/// Windows of the audio encoder whose rows are wanted.
struct RowBatch {
  std::vector<int64_t> rows;
  std::vector<float> windows;  ///< [rows, 80, 16]
  int64_t version = 0;
};

/// Makes rows in ascending order as their sound becomes known. A row is silent when all of its mel
/// values are those of silence: then it is the same as any other silent row, and the encoder is not
/// asked. Each row is that of the whole timeline (FeatureStream), but for the first two.
/// Not thread-safe.
class RowTrack {
 public:
  /// Rows before `first` are silent.
  RowTrack(const Timeline& timeline, int64_t first);

  /// Windows of at most `most` rows before `until` that are to be encoded next; none while such a
  /// batch is out, or when there are none. Rows whose sound is not known end it.
  std::optional<RowBatch> Next(int64_t until, int most);
  /// The rows of a batch, which may have become void since.
  void Put(const RowBatch& batch, std::span<const float> values);

  /// Sound from that position on has changed.
  void Invalidate(int64_t position);
  /// Rows before it will not be asked for any more.
  void LetGoBefore(int64_t row);

  /// Whether rows [begin, end) are made, and whether they are all silent.
  bool IsMade(int64_t begin, int64_t end) const;
  bool IsSilent(int64_t begin, int64_t end) const;
  /// The values of a row that is made; empty for a silent one.
  std::span<const float> Row(int64_t row) const;
  uint64_t bytes() const;

 private:
  enum class Kind { kSilent, kInWork, kMade };
  struct Entry {
    Kind kind = Kind::kSilent;
    std::vector<float> values;
  };

  /// Whether the window of the row is silence; if not, it is appended to `windows`.
  bool CutWindow(int64_t row, std::vector<float>& windows);
  void Restart(int64_t mel_row);

  const Timeline& timeline_;
  std::deque<Entry> rows_;
  int64_t first_ = 0;    ///< Number of rows_' first
  int64_t version_ = 0;  ///< Of batches that are not void
  bool is_out_ = false;  ///< A batch is

  std::unique_ptr<MelStream> mel_stream_;  ///< Null: to be restarted
  int64_t heard_ = 0;                      ///< Position up to which it has heard the timeline
  std::vector<float> mel_;                 ///< Rows from mel_first_ on
  int64_t mel_first_ = 0;
  int64_t mel_skip_ = 0;  ///< Rows that it still gives wrong, since it began in the middle
};

}  // namespace mouthpiece::live

#endif  // MOUTHPIECE_LIVE_ROW_TRACK_H_
