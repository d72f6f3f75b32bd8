#include "store/block_walk.h"

#include <algorithm>
#include <utility>

namespace mouthpiece {

std::vector<int> CutIntoBlocks(int frame_count, int most, std::span<const int> keyframes) {
  std::vector<int> starts;
  for (int end = frame_count; end > 0; end = starts.back()) {
    const int earliest = std::max(0, end - most);
    const auto key = std::lower_bound(keyframes.begin(), keyframes.end(), earliest);
    starts.push_back(key != keyframes.end() && *key < end ? *key : earliest);
  }
  std::reverse(starts.begin(), starts.end());
  return starts;
}

BlockWalk::BlockWalk(const FrameSequence& sequence, std::vector<int> block_starts,
                     bool keeps_blocks)
    : sequence_(sequence), block_starts_(std::move(block_starts)), keeps_blocks_(keeps_blocks) {}

std::optional<Visit> BlockWalk::Next() {
  if (!See(0)) return std::nullopt;
  if (!ahead_.front().has_loads) GiveLoads(ahead_.front());
  Visit visit = ahead_.front().visit;
  if (Keeps(2, ahead_[0].block)) {
    visit.is_kept = true;
    Stay& again = ahead_[2];
    again.has_loads = true;
    again.visit.is_new = false;
    again.visit.first = visit.first;
    again.visit.last = visit.last;
    again.visit.first_load = visit.first_load;
  }
  ahead_.pop_front();
  return visit;
}

int BlockWalk::BlockOf(int frame) const {
  const auto after = std::upper_bound(block_starts_.begin(), block_starts_.end(), frame);
  return static_cast<int>(after - block_starts_.begin()) - 1;
}

bool BlockWalk::See(size_t i) {
  while (ahead_.size() <= i && scanned_ < sequence_.size()) {
    ahead_.push_back(Scan(scanned_));
    scanned_ = ahead_.back().visit.end;
  }
  return i < ahead_.size();
}

BlockWalk::Stay BlockWalk::Scan(int64_t begin) const {
  Stay stay;
  stay.block = BlockOf(sequence_.At(begin));
  Visit& visit = stay.visit;
  visit = {begin, begin, sequence_.At(begin), sequence_.At(begin)};
  // Every walk repeats itself after at most two rounds: one that has not left by then never does.
  const int64_t stop = std::min(sequence_.size(), begin + 2 * int64_t{sequence_.frame_count});
  for (; visit.end < stop; ++visit.end) {
    const int frame = sequence_.At(visit.end);
    if (BlockOf(frame) != stay.block) return stay;
    visit.first = std::min(visit.first, frame);
    visit.last = std::max(visit.last, frame);
  }
  visit.end = sequence_.size();
  return stay;
}

void BlockWalk::GiveLoads(Stay& stay) {
  Visit& visit = stay.visit;
  const auto start = static_cast<size_t>(stay.block);
  const int block_last =
      start + 1 < block_starts_.size() ? block_starts_[start + 1] - 1 : sequence_.frame_count - 1;
  const auto is_whole = [&] {
    return visit.first == block_starts_[start] && visit.last == block_last;
  };
  const int block = stay.block;
  for (size_t i = 2; !is_whole() && Keeps(i, block); i += 2) {
    visit.first = std::min(visit.first, ahead_[i].visit.first);
    visit.last = std::max(visit.last, ahead_[i].visit.last);
  }
  visit.first_load = next_load_;
  next_load_ += visit.last - visit.first + 1;
  stay.has_loads = true;
}

}  // namespace mouthpiece
