#include "progress.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "interrupt.h"
#include "units.h"

namespace mouthpiece::cli {
namespace {

using std::chrono::duration;

constexpr duration<double> kBarInterval{0.1};
constexpr duration<double> kLineInterval{3.0};
constexpr int kBarWidth = 30;

const char* NameOf(Progress::Phase phase) {
  if (phase == Progress::Phase::kImporting) return "importing";
  if (phase == Progress::Phase::kPreparing) return "preparing";
  return phase == Progress::Phase::kListening ? "listening" : "rendering";
}

/// What is counted, and how many of them a second.
struct Unit {
  const char* things;
  const char* rate;
};

Unit UnitOf(Progress::Phase phase) {
  return phase == Progress::Phase::kListening ? Unit{"rows", "rows/s"} : Unit{"frames", "fps"};
}

/// Frames a second and seconds left, from the frames done in `seconds`.
struct Pace {
  double fps = 0;
  double left = 0;

  Pace(const Progress& progress, double seconds) {
    if (progress.done == 0 || seconds <= 0) return;
    fps = static_cast<double>(progress.done) / seconds;
    left = static_cast<double>(progress.total - progress.done) / fps;
  }
};

}  // namespace

ProgressBar::ProgressBar(bool quiet)
    : quiet_(quiet), terminal_(isatty(STDERR_FILENO) != 0), last_shown_(Clock::now()) {}

void ProgressBar::Begin(const std::string& name) {
  std::lock_guard lock(mutex_);
  name_ = name;
  phase_ = Progress::Phase::kOpening;
}

void ProgressBar::Update(const Progress& progress) {
  if (quiet_ || progress.phase == Progress::Phase::kOpening) return;
  std::lock_guard lock(mutex_);
  const Clock::time_point now = Clock::now();
  if (phase_ != progress.phase) {
    phase_ = progress.phase;
    phase_start_ = now;
    last_shown_ = now;
  }
  const bool last = progress.done == progress.total;
  const double seconds = duration<double>(now - phase_start_).count();
  if (terminal_ && (last || now - last_shown_ >= kBarInterval)) {
    DrawBar(progress, seconds);
    last_shown_ = now;
  } else if (!terminal_ && now - last_shown_ >= kLineInterval) {
    PrintLine(progress, seconds);
    last_shown_ = now;
  }
}

void ProgressBar::Message(const std::string& text) {
  if (quiet_) return;
  std::lock_guard lock(mutex_);
  ClearLocked();
  std::fprintf(stderr, "mouthpiece: %s\n", text.c_str());
}

void ProgressBar::Clear() {
  std::lock_guard lock(mutex_);
  ClearLocked();
}

void ProgressBar::ClearLocked() {
  if (!bar_shown_) return;
  std::fputs("\r\033[K", stderr);
  bar_shown_ = false;
}

void ProgressBar::DrawBar(const Progress& progress, double seconds) {
  const Pace pace(progress, seconds);
  const double share =
      progress.total > 0 ? static_cast<double>(progress.done) / static_cast<double>(progress.total)
                         : 0;
  const int full = std::clamp(static_cast<int>(share * kBarWidth), 0, kBarWidth);
  std::string bar;
  for (int i = 0; i < kBarWidth; ++i) bar += i < full ? "━" : " ";
  std::fprintf(stderr, "\r%s%-9s %s %lld/%lld  %.1f %s  %s left\033[K", name_.c_str(),
               NameOf(progress.phase), bar.c_str(), static_cast<long long>(progress.done),
               static_cast<long long>(progress.total), pace.fps, UnitOf(progress.phase).rate,
               FormatDuration(pace.left).c_str());
  std::fflush(stderr);
  bar_shown_ = true;
}

void ProgressBar::PrintLine(const Progress& progress, double seconds) {
  const Pace pace(progress, seconds);
  const Unit unit = UnitOf(progress.phase);
  std::fprintf(stderr, "%s%s: %lld of %lld %s, %.1f %s, %s left\n", name_.c_str(),
               NameOf(progress.phase), static_cast<long long>(progress.done),
               static_cast<long long>(progress.total), unit.things, pace.fps, unit.rate,
               FormatDuration(pace.left).c_str());
}

Hooks HooksOf(ProgressBar& bar) {
  return {.progress = [&bar](const Progress& update) { bar.Update(update); },
          .message = [&bar](const std::string& text) { bar.Message(text); },
          .cancel = Interrupted()};
}

}  // namespace mouthpiece::cli
