#include <algorithm>
#include <utility>

#include "live/session_core.h"

namespace mouthpiece::live {
namespace {

// Rows of a batch. A frame waits for one only, where all before are made.
constexpr int kRowsAtOnce = 2;
// Idle frames that are painted before their time, while the cache has not got them.
constexpr int64_t kIdleAhead = 3;

}  // namespace

std::vector<int64_t> SessionCore::FramesToPaint(size_t most) const {
  std::vector<int64_t> frames;
  const Ticks now = Now();
  const int64_t first = NextFrame();
  for (int64_t frame = first; frame < first + options_.most_rendered_ahead; ++frame) {
    if (frames.size() == most || !IsMade(frame)) break;
    if (now >= frame * kFrameTicks - options_.late) continue;  // too late
    if (painted_.contains(frame) || painting_.contains(frame)) continue;
    if (IsSilent(frame) && (!options_.idle_pictures || frame >= first + kIdleAhead ||
                            performer_->HasIdle(performer_->AvatarFrame(frame)))) {
      continue;
    }
    frames.push_back(frame);
  }
  return frames;
}

void SessionCore::OfferWork() {
  if (is_closed_ || error_) return;
  if (!batch_) {
    batch_ =
        rows_.Next(NextFrame() + options_.most_rendered_ahead + options_.lookahead, kRowsAtOnce);
  }
  const int room = scheduler_->options.most_of_a_session - running_ - offered_;
  if (room <= 0) return;
  const std::vector<int64_t> frames =
      FramesToPaint(static_cast<size_t>(scheduler_->options.most_of_a_session));
  const int jobs = static_cast<int>(frames.size()) + (batch_ ? 1 : 0);
  for (int i = offered_; i < std::min(jobs, offered_ + room); ++i) {
    int64_t frame = frames.empty() ? batch_->rows.front() : frames.front();
    if (batch_) frame = std::min(frame, batch_->rows.front() - options_.lookahead);
    ++offered_;
    scheduler_->Offer(shared_from_this(), origin_ + frame * kFrameTicks);
  }
}

void SessionCore::Work() {
  Lock lock(mutex_);
  --offered_;
  if (is_closed_ || error_) return;
  const std::vector<int64_t> frames = FramesToPaint(1);
  const bool is_row_first =
      batch_ && (frames.empty() || batch_->rows.front() - options_.lookahead <= frames.front());
  if (!is_row_first && frames.empty()) return;
  ++running_;
  try {
    if (is_row_first) {
      Encode(lock);
    } else {
      Paint(lock, frames.front());
    }
  } catch (...) {
    if (!lock.owns_lock()) lock.lock();
    Fail(std::current_exception());
  }
  --running_;
  OfferWork();
}

void SessionCore::Encode(Lock& lock) {
  const RowBatch batch = std::move(*batch_);
  batch_.reset();
  lock.unlock();
  std::vector<float> values(batch.rows.size() * kFeatureValues);
  performer_->Encode(batch.windows, values);
  lock.lock();
  rows_.Put(batch, values);
}

void SessionCore::Paint(Lock& lock, int64_t frame) {
  const int64_t number = ++paintings_;
  painting_[frame] = number;
  const bool is_idle = IsSilent(frame);
  std::vector<float> window;
  if (!is_idle) {
    window.reserve(size_t{kWindowRows} * kFeatureValues);
    for (int64_t row = frame - kRowsBehind; row < frame - kRowsBehind + kWindowRows; ++row) {
      std::span<const float> values = rows_.Row(std::min(row, frame + options_.lookahead));
      if (values.empty()) values = performer_->silent_row();
      window.insert(window.end(), values.begin(), values.end());
    }
  }
  lock.unlock();
  const int avatar_frame = performer_->AvatarFrame(frame);
  VideoFrame picture =
      is_idle ? performer_->PaintIdle(avatar_frame) : performer_->Paint(avatar_frame, window);
  {
    const std::lock_guard counting(scheduler_->mutex);
    ++scheduler_->frames;
  }
  lock.lock();
  const auto painting = painting_.find(frame);
  if (painting == painting_.end() || painting->second != number) return;  // void
  painting_.erase(painting);
  if (is_closed_ || frame < NextFrame()) return;
  painted_[frame] = std::move(picture);
  if (frame == NextFrame()) Wake();
}

void SessionCore::Fail(std::exception_ptr error) {
  if (!error_) error_ = std::move(error);
  Wake();
}

}  // namespace mouthpiece::live
