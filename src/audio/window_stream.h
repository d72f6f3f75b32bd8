// The audio encoder's windows from mel rows.
#ifndef MOUTHPIECE_AUDIO_WINDOW_STREAM_H_
#define MOUTHPIECE_AUDIO_WINDOW_STREAM_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "mouthpiece/audio.h"

namespace mouthpiece {

inline constexpr int kMelRowsAWindow = 16;
/// Values of a window: [1, 80, 16], the bands as rows, time along them.
inline constexpr size_t kWindowValues = size_t{kMelBands} * kMelRowsAWindow;

/// Turns the 16 mel rows of a window into one: `window` is of kWindowValues values, as `rows`.
void CutEncoderWindow(std::span<const float> rows, std::span<float> window);

/// Encoder windows of `mel_rows` rows of finished speech: int((M - 16) * 25 / 80) + 2; less than 16
/// rows count as 16.
int64_t WindowCount(int64_t mel_rows);

/// Cuts mel rows into encoder windows as they arrive. Window f begins at row int(80 f / 25), moved
/// back by what it is too long for the speech. It can be pulled once row int(80 f / 25) + 15 was
/// pushed; the last one, if moved, after Finish. Less than 16 rows are followed by silence.
class WindowStream {
 public:
  /// `rows`: a multiple of 80 values.
  void Push(std::span<const float> rows);
  void Finish();
  int64_t ready() const;
  /// Fills `windows`, a multiple of 1280 values, with the next windows; returns how many.
  int64_t Pull(std::span<float> windows);

 private:
  int64_t FirstRow(int64_t window) const;

  std::vector<float> rows_;  ///< From row first_row_ on
  int64_t first_row_ = 0;
  int64_t row_count_ = 0;
  int64_t pulled_ = 0;
  bool finished_ = false;
};

}  // namespace mouthpiece

#endif  // MOUTHPIECE_AUDIO_WINDOW_STREAM_H_
