// Windows of feature rows that another thread brings.
#ifndef MOUTHPIECE_SPEECH_ARRIVING_WINDOWS_H_
#define MOUTHPIECE_SPEECH_ARRIVING_WINDOWS_H_

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <limits>
#include <mutex>
#include <span>

#include "mouthpiece/audio.h"
#include "speech/window_source.h"

namespace mouthpiece {

/// One thread appends rows as they are made, one asks for windows; rows that no later frame needs
/// are let go.
class ArrivingWindows : public WindowSource {
 public:
  /// At most `most_ahead` rows are kept beyond the last that was asked for, and as many more as one
  /// Append brings; 0: any number.
  explicit ArrivingWindows(int64_t row_size, int64_t most_ahead = 0);

  /// Before the first Append: row 0 and those after it that nobody will ask for do not come.
  void Skip(int64_t rows);
  /// Brings the next rows, a multiple of the row size in values. Waits for room. False after Stop:
  /// nobody wants any more.
  bool Append(std::span<const float> rows);
  /// Before Finish: the speech lasts that many frames; else as many as anybody asks for.
  void EndFrames(int64_t frames);
  /// There are no more rows.
  void Finish();
  /// There will be no more rows because of `error`, which Window throws from now on.
  void Fail(std::exception_ptr error);

  void Window(int64_t frame, AudioWindowMode mode, std::span<float> window) override;
  bool Lasts(int64_t frame) override;
  bool IsComing(int64_t frame) override;
  void Stop() override;

 private:
  int64_t end_row() const { return first_row_ + kept_.rows; }
  void LetGoBefore(int64_t row);

  const int64_t most_ahead_;
  std::mutex mutex_;
  std::condition_variable arrived_;  ///< Rows, their end or an error
  std::condition_variable room_;
  FeatureTable kept_;       ///< This and what follows: guarded by mutex_
  int64_t first_row_ = 0;   ///< Number of kept_'s first row
  int64_t wanted_end_ = 0;  ///< Rows before it were asked for
  int64_t half_ = 0;        ///< Rows of a window behind its frame
  int64_t frames_ = std::numeric_limits<int64_t>::max();
  bool is_finished_ = false;
  bool is_stopped_ = false;
  std::exception_ptr error_;
};

}  // namespace mouthpiece

#endif  // MOUTHPIECE_SPEECH_ARRIVING_WINDOWS_H_
