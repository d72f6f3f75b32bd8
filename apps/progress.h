// Progress of a render on standard error.
#ifndef MOUTHPIECE_APPS_PROGRESS_H_
#define MOUTHPIECE_APPS_PROGRESS_H_

#include <chrono>
#include <mutex>
#include <string>

#include "mouthpiece/render.h"

namespace mouthpiece::cli {

/// A bar that redraws itself when standard error is a terminal, else a line every few seconds;
/// nothing when quiet. Thread-safe.
class Progress {
 public:
  explicit Progress(bool quiet);

  void Update(const RenderProgress& progress);
  /// Prints one line without disturbing the bar.
  void Message(const std::string& text);
  /// Removes the bar, so that other output can follow.
  void Clear();

 private:
  using Clock = std::chrono::steady_clock;

  void DrawBar(const RenderProgress& progress, double seconds);
  void PrintLine(const RenderProgress& progress, double seconds);
  void ClearLocked();

  const bool quiet_;
  const bool terminal_;
  std::mutex mutex_;
  RenderProgress::Phase phase_ = RenderProgress::Phase::kOpening;
  Clock::time_point phase_start_;
  Clock::time_point last_shown_;
  bool bar_shown_ = false;
};

}  // namespace mouthpiece::cli

#endif  // MOUTHPIECE_APPS_PROGRESS_H_
