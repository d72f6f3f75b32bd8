#include <algorithm>
#include <utility>

#include "live/session_core.h"

namespace mouthpiece::live {
namespace {

// How far an interrupt may reach back, and some: sound and rows are kept for it.
constexpr Ticks kKept = Milliseconds(600);
// Samples that mel rows need before the first one of a row's.
constexpr int64_t kSamplesBefore = 2000;

}  // namespace

std::optional<Output> SessionCore::Poll() {
  const Lock lock(mutex_);
  return PollLocked();
}

std::optional<Output> SessionCore::PollLocked() {
  if (error_) {
    is_closed_ = true;
    std::rethrow_exception(std::exchange(error_, nullptr));
  }
  if (is_closed_) return std::nullopt;
  if (!events_.empty()) {
    Output event = std::move(events_.front());
    events_.pop_front();
    return event;
  }
  const Ticks now = Now();
  if (std::optional<Output> finished = FinishedBy(now)) return finished;
  Settle(now);
  OfferWork();
  std::optional<Output> output = GivePiece(now);
  // Not for every frame that was given: who pushes would hear of it 25 times a second.
  if (is_full_ &&
      Queued() + std::min<Ticks>(kTickRate, options_.most_queued / 2) <= options_.most_queued) {
    is_full_ = false;
    Wake();
  }
  LetGo(now);
  if (output) OfferWork();
  return output;
}

/// Frames whose time comes near. Sound that they need and that has not come is silence.
void SessionCore::Settle(Ticks now) {
  for (; now >= settled_ * kFrameTicks - options_.settled_ahead; ++settled_) {
    const int64_t needed = RowSoundEnd(settled_ + options_.lookahead);
    const int64_t known = timeline_.known_end();
    if (known >= needed) continue;
    const bool is_new = timeline_.open()->end > (known - 1) * kSampleTicks;
    stats_.gaps += is_new ? 1 : 0;
    stats_.gap_ticks += (needed - known) * kSampleTicks;
    timeline_.Gap(needed);
  }
}

/// The first utterance, when all of it was given and heard.
std::optional<Output> SessionCore::FinishedBy(Ticks now) {
  if (timeline_.utterances().empty()) return std::nullopt;
  const Utterance& utterance = timeline_.utterances().front();
  if (utterance.is_open) return std::nullopt;
  if (utterance.is_placed && (utterance.end > now || utterance.end > given_)) return std::nullopt;
  Finished finished{utterance.name, utterance.sound, false};
  timeline_.Forget();
  GivePromiseBack();  // before anybody is told, who may then speak elsewhere
  return finished;
}

void SessionCore::GivePromiseBack() {
  if (options_.admission == Admission::kAtSpeech && timeline_.utterances().empty()) {
    promise_.reset();
  }
}

SessionCore::Showing SessionCore::ShowingOf(int64_t frame, Ticks now) const {
  const Ticks pts = frame * kFrameTicks;
  if (now < pts - options_.ahead) return Showing::kNotYet;
  const Showing none = now < pts - options_.late ? Showing::kNotYet : Showing::kSkipped;
  if (!IsMade(frame)) return none;
  if (!IsSilent(frame)) return painted_.contains(frame) ? Showing::kSpeech : none;
  if (now < pts - options_.settled_ahead) return Showing::kNotYet;
  const bool has_picture = !options_.idle_pictures || painted_.contains(frame) ||
                           performer_->HasIdle(performer_->AvatarFrame(frame));
  return has_picture ? Showing::kIdle : none;
}

std::optional<Output> SessionCore::GivePiece(Ticks now) {
  const bool is_rest = given_ % kFrameTicks != 0;  // of a frame, after an interrupt
  const Showing showing = is_rest ? Showing::kSkipped : ShowingOf(NextFrame(), now);
  if (showing == Showing::kNotYet) return std::nullopt;
  const Ticks end = (given_ / kFrameTicks + 1) * kFrameTicks;
  if (std::optional<Output> started = Announce(end)) return started;
  return MakePiece(end, showing);
}

std::optional<Output> SessionCore::Announce(Ticks end) {
  for (Utterance& utterance : timeline_.utterances()) {
    if (!utterance.is_placed || utterance.begin * kSampleTicks >= end) break;
    if (std::exchange(utterance.is_announced, true)) continue;
    return Started{utterance.name, utterance.begin * kSampleTicks};
  }
  return std::nullopt;
}

Piece SessionCore::MakePiece(Ticks end, Showing showing) {
  Piece piece;
  piece.epoch = epoch_;
  piece.seq = seq_++;
  piece.pts = given_;
  piece.duration = end - given_;
  piece.frame = given_ / kFrameTicks;
  piece.avatar_frame = performer_->AvatarFrame(piece.frame);
  piece.idle = showing == Showing::kIdle;
  piece.skipped = showing == Showing::kSkipped;
  for (const Utterance& utterance : timeline_.utterances()) {
    const Ticks begin = utterance.begin * kSampleTicks;
    piece.first |= utterance.is_placed && begin >= given_ && begin < end;
    piece.last |= !utterance.is_open && utterance.end > given_ && utterance.end <= end;
  }
  piece.sound.resize(static_cast<size_t>(piece.duration));
  if (!timeline_.Play(given_, piece.sound)) piece.sound.clear();
  if (const auto painted = painted_.find(piece.frame);
      painted != painted_.end() && !piece.skipped) {
    piece.picture = std::move(painted->second);
  } else if (piece.idle && options_.idle_pictures) {
    piece.picture = performer_->PaintIdle(piece.avatar_frame);
  }
  if (piece.idle) {
    ++stats_.idle_frames;
  } else if (!piece.skipped) {
    ++stats_.speaking_frames;
  } else if (given_ % kFrameTicks == 0) {
    const bool was_held = given_ < held_until_;
    ++(was_held ? stats_.held_frames : stats_.late_frames);
  }
  given_ = end;
  settled_ = std::max(settled_, NextFrame());
  return piece;
}

void SessionCore::LetGo(Ticks now) {
  const int64_t next = NextFrame();
  painted_.erase(painted_.begin(), painted_.lower_bound(next));
  const int64_t kept = (std::min(given_, now) - kKept) / kFrameTicks - kRowsBehind;
  rows_.LetGoBefore(kept);
  timeline_.LetGoBefore(RowSoundBegin(kept) - kSamplesBefore);
  GivePromiseBack();
}

Ticks SessionCore::NextTime(Ticks now) const {
  if (!events_.empty() || error_ || given_ % kFrameTicks != 0) return now;
  Ticks time = settled_ * kFrameTicks - options_.settled_ahead;
  if (!timeline_.utterances().empty() && !timeline_.utterances().front().is_open) {
    const Utterance& first = timeline_.utterances().front();
    if (!first.is_placed) return now;
    if (first.end <= given_) time = std::min(time, first.end);
  }
  const int64_t frame = NextFrame();
  const Ticks pts = frame * kFrameTicks;
  for (const Ticks before : {options_.ahead, options_.settled_ahead, options_.late}) {
    if (ShowingOf(frame, std::max(now, pts - before)) == Showing::kNotYet) continue;
    return std::min(time, pts - before);
  }
  return time;
}

Ticks SessionCore::next_poll() const {
  const Lock lock(mutex_);
  return NextTime(Now()) + origin_;
}

std::optional<Output> SessionCore::Wait(std::chrono::milliseconds timeout) {
  const auto until = std::chrono::steady_clock::now() + timeout;
  Lock lock(mutex_);
  while (!is_stopped_) {
    if (std::optional<Output> output = PollLocked()) return output;
    const Ticks now = Now();
    const Ticks ticks = std::max<Ticks>(1, NextTime(now) - now);
    const auto next = std::chrono::steady_clock::now() +
                      std::chrono::microseconds(ticks * 1'000'000 / kTickRate + 1);
    if (std::chrono::steady_clock::now() >= until) break;
    changed_.wait_until(lock, std::min(next, until));
  }
  return std::nullopt;
}

void SessionCore::Stop() {
  {
    const Lock lock(mutex_);
    is_stopped_ = true;
  }
  changed_.notify_all();
}

void SessionCore::Close() {
  decltype(painted_) dropped;  // after the lock
  const Lock lock(mutex_);
  is_closed_ = true;
  is_stopped_ = true;
  promise_.reset();
  painted_.swap(dropped);
  painting_.clear();
  events_.clear();
  changed_.notify_all();
}

void SessionCore::Wake() {
  changed_.notify_all();
  if (options_.wake && !is_closed_) options_.wake();
}

}  // namespace mouthpiece::live
