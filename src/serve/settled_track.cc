#include "serve/settled_track.h"

#include <algorithm>
#include <utility>

namespace mouthpiece::serve {

void SettledTrack::Add(const live::Piece& piece, std::shared_ptr<const media::AccessUnit> unit) {
  if (!end_ && waiting_.empty() && (unit == nullptr || !unit->key)) return;
  waiting_.push_back({0, piece.pts, piece.duration, std::move(unit), piece.sound});
}

void SettledTrack::Flush(live::Ticks pts) {
  while (!waiting_.empty() && waiting_.back().pts >= pts) waiting_.pop_back();
  if (waiting_.empty()) return;
  Settled& last = waiting_.back();
  last.duration = std::min(last.duration, pts - last.pts);
  if (last.sound.size() > static_cast<size_t>(last.duration)) {
    last.sound.resize(static_cast<size_t>(last.duration));
  }
}

std::optional<live::Ticks> SettledTrack::due() const {
  if (waiting_.empty()) return std::nullopt;
  return waiting_.front().pts + waiting_.front().duration;
}

std::vector<Settled> SettledTrack::Take(live::Ticks now) {
  std::vector<Settled> taken;
  while (!waiting_.empty() && *due() <= now) {
    Settled next = std::move(waiting_.front());
    waiting_.pop_front();
    const live::Ticks end = end_.value_or(next.pts);
    // An interrupt may go back a little further than what was given away.
    const live::Ticks known = std::clamp<live::Ticks>(end - next.pts, 0, next.duration);
    const auto heard = std::min(static_cast<size_t>(known), next.sound.size());
    next.sound.erase(next.sound.begin(), next.sound.begin() + static_cast<ptrdiff_t>(heard));
    next.duration -= known;
    if (next.duration == 0 && next.unit == nullptr) continue;
    next.duration = std::max<live::Ticks>(next.duration, 1);
    next.pts = std::max(next.pts, end);
    next.gap = next.pts - end;
    end_ = next.pts + next.duration;
    taken.push_back(std::move(next));
  }
  return taken;
}

}  // namespace mouthpiece::serve
