// Progress of the work on standard error.
#ifndef MOUTHPIECE_APPS_PROGRESS_H_
#define MOUTHPIECE_APPS_PROGRESS_H_

#include <chrono>
#include <mutex>
#include <string>

#include "mouthpiece/hooks.h"

namespace mouthpiece::cli {

/// A bar that redraws itself when standard error is a terminal, else a line every few seconds;
/// nothing when quiet. Thread-safe.
class ProgressBar {
 public:
  explicit ProgressBar(bool quiet);

  /// Other work begins, of this name, which ends with a space.
  void Begin(const std::string& name);
  void Update(const Progress& progress);
  /// Prints one line without disturbing the bar.
  void Message(const std::string& text);
  /// Removes the bar, so that other output can follow.
  void Clear();

 private:
  using Clock = std::chrono::steady_clock;

  void DrawBar(const Progress& progress, double seconds);
  void PrintLine(const Progress& progress, double seconds);
  void ClearLocked();

  const bool quiet_;
  const bool terminal_;
  std::mutex mutex_;
  std::string name_;
  Progress::Phase phase_ = Progress::Phase::kOpening;
  Clock::time_point phase_start_;
  Clock::time_point last_shown_;
  bool bar_shown_ = false;
};

/// Hooks that show progress and messages on `bar`, which outlives them, and end on Ctrl-C.
Hooks HooksOf(ProgressBar& bar);

}  // namespace mouthpiece::cli

#endif  // MOUTHPIECE_APPS_PROGRESS_H_
