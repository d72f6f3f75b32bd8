#include "serve/mp4_track.h"

#include <algorithm>
#include <utility>

namespace mouthpiece::serve {

void Mp4Track::Add(const live::Piece& piece, std::shared_ptr<const media::AccessUnit> unit) {
  if (mp4_ == nullptr && waiting_.empty() && (unit == nullptr || !unit->key)) return;
  waiting_.push_back({piece.pts, piece.duration, std::move(unit), piece.sound});
}

void Mp4Track::Flush(live::Ticks pts) {
  while (!waiting_.empty() && waiting_.back().pts >= pts) waiting_.pop_back();
  if (waiting_.empty()) return;
  Waiting& last = waiting_.back();
  last.duration = std::min(last.duration, pts - last.pts);
  if (last.sound.size() > static_cast<size_t>(last.duration)) {
    last.sound.resize(static_cast<size_t>(last.duration));
  }
}

std::optional<live::Ticks> Mp4Track::due() const {
  if (waiting_.empty()) return std::nullopt;
  return waiting_.front().pts + waiting_.front().duration;
}

std::vector<Mp4Track::Fragment> Mp4Track::Take(live::Ticks now) {
  std::vector<Fragment> fragments;
  while (!waiting_.empty() && *due() <= now) {
    Waiting front = std::move(waiting_.front());
    waiting_.pop_front();
    Fragment fragment = Write(front);
    if (!fragment.bytes.empty()) fragments.push_back(std::move(fragment));
  }
  return fragments;
}

Mp4Track::Fragment Mp4Track::Write(Waiting& waiting) {
  if (mp4_ == nullptr) {
    mp4_ = std::make_unique<media::LiveMp4>(headers_, waiting.pts);
    end_ = waiting.pts;
  }
  // An interrupt may go back a little further than what was given away.
  const live::Ticks known = std::clamp<live::Ticks>(end_ - waiting.pts, 0, waiting.duration);
  if (known > 0) {
    const auto heard = std::min(static_cast<size_t>(known), waiting.sound.size());
    waiting.sound.erase(waiting.sound.begin(),
                        waiting.sound.begin() + static_cast<ptrdiff_t>(heard));
    waiting.pts += known;
    waiting.duration -= known;
  }
  Fragment fragment;
  if (waiting.pts > end_) fragment.bytes = mp4_->Write(nullptr, waiting.pts - end_, {});
  if (waiting.duration == 0 && waiting.unit == nullptr) return fragment;
  fragment.pts = waiting.pts;
  fragment.key = waiting.unit != nullptr && waiting.unit->key;
  const std::vector<uint8_t> bytes =
      mp4_->Write(waiting.unit.get(), std::max<live::Ticks>(waiting.duration, 1), waiting.sound);
  fragment.bytes.insert(fragment.bytes.end(), bytes.begin(), bytes.end());
  end_ = waiting.pts + std::max<live::Ticks>(waiting.duration, 1);
  return fragment;
}

}  // namespace mouthpiece::serve
