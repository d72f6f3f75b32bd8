#include "speech/arriving_windows.h"

#include <algorithm>
#include <string>
#include <utility>

#include "mouthpiece/error.h"

namespace mouthpiece {

ArrivingWindows::ArrivingWindows(int64_t row_size, int64_t most_ahead) : most_ahead_(most_ahead) {
  kept_.row_size = row_size;
}

void ArrivingWindows::Skip(int64_t rows) {
  const std::lock_guard lock(mutex_);
  if (kept_.rows > 0) throw Error(ErrorCode::kInternal, "rows were skipped after the first");
  first_row_ += rows;
}

bool ArrivingWindows::Append(std::span<const float> rows) {
  std::unique_lock lock(mutex_);
  room_.wait(lock, [&] {
    return is_stopped_ || most_ahead_ == 0 || end_row() - wanted_end_ < most_ahead_;
  });
  if (is_stopped_) return false;
  kept_.values.insert(kept_.values.end(), rows.begin(), rows.end());
  kept_.rows += static_cast<int64_t>(rows.size()) / kept_.row_size;
  lock.unlock();
  arrived_.notify_all();
  return true;
}

void ArrivingWindows::EndFrames(int64_t frames) {
  const std::lock_guard lock(mutex_);
  frames_ = frames;
}

void ArrivingWindows::Finish() {
  {
    const std::lock_guard lock(mutex_);
    is_finished_ = true;
  }
  arrived_.notify_all();
}

void ArrivingWindows::Fail(std::exception_ptr error) {
  {
    const std::lock_guard lock(mutex_);
    error_ = std::move(error);
  }
  arrived_.notify_all();
}

void ArrivingWindows::Stop() {
  {
    const std::lock_guard lock(mutex_);
    is_stopped_ = true;
  }
  arrived_.notify_all();
  room_.notify_all();
}

void ArrivingWindows::Window(int64_t frame, AudioWindowMode mode, std::span<float> window) {
  const int64_t half = static_cast<int64_t>(window.size()) / kept_.row_size / 2;
  std::unique_lock lock(mutex_);
  half_ = half;
  wanted_end_ = std::max(wanted_end_, frame + half);
  LetGoBefore(frame - half);
  room_.notify_all();
  arrived_.wait(lock,
                [&] { return is_stopped_ || error_ || is_finished_ || end_row() >= frame + half; });
  if (is_stopped_) throw Error(ErrorCode::kCancelled, "cancelled");
  if (error_) std::rethrow_exception(error_);
  if (first_row_ > 0 && first_row_ > std::min(frame - half, end_row() - 1)) {
    throw Error(ErrorCode::kInternal, "the audio window of frame " + std::to_string(frame) +
                                          " was asked for when its rows were gone");
  }
  CopyAudioWindow(kept_, frame - first_row_, mode, window);
}

/// While the sound goes on, a row is there only after the sound of the frame of its number.
bool ArrivingWindows::Lasts(int64_t frame) {
  std::unique_lock lock(mutex_);
  wanted_end_ = std::max(wanted_end_, frame + 1);
  room_.notify_all();
  arrived_.wait(lock, [&] { return is_stopped_ || error_ || is_finished_ || end_row() > frame; });
  if (is_stopped_) throw Error(ErrorCode::kCancelled, "cancelled");
  if (error_) std::rethrow_exception(error_);
  return frame < frames_;
}

bool ArrivingWindows::IsComing(int64_t frame) {
  const std::lock_guard lock(mutex_);
  return !is_stopped_ && !error_ && !is_finished_ && end_row() < frame + half_;
}

/// The last row stays: it may be the nearest to a frame behind the end. Rows go many at a time,
/// since those that stay are moved.
void ArrivingWindows::LetGoBefore(int64_t row) {
  const int64_t count = std::min(row, end_row() - 1) - first_row_;
  if (count <= 0 || 2 * count < kept_.rows) return;
  kept_.values.erase(kept_.values.begin(),
                     kept_.values.begin() + static_cast<std::ptrdiff_t>(count * kept_.row_size));
  kept_.rows -= count;
  first_row_ += count;
}

}  // namespace mouthpiece
