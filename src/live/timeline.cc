#include "live/timeline.h"

#include <algorithm>
#include <utility>

namespace mouthpiece::live {
namespace {

constexpr int64_t kDropSamples = 16000;

/// What of `values`, which begin at `begin`, lies in the span from `wanted` on is copied there.
template <typename Value>
bool CopyOverlap(const std::vector<Value>& values, int64_t begin, int64_t wanted,
                 std::span<Value> target) {
  const int64_t first = std::max(begin, wanted);
  const int64_t end = std::min(begin + static_cast<int64_t>(values.size()),
                               wanted + static_cast<int64_t>(target.size()));
  if (first >= end) return false;
  std::copy(values.begin() + (first - begin), values.begin() + (end - begin),
            target.begin() + (first - wanted));
  return true;
}

/// Ends `values` at `keep` and what fades after it, as far as there is something.
template <typename Value>
void FadeAfter(std::vector<Value>& values, int64_t keep, int64_t fade) {
  const int64_t count = std::min(fade, static_cast<int64_t>(values.size()) - keep);
  for (int64_t i = 0; i < count; ++i) {
    Value& value = values[static_cast<size_t>(keep + i)];
    value = static_cast<Value>(static_cast<float>(value) * static_cast<float>(fade - i) /
                               static_cast<float>(fade));
  }
  values.resize(static_cast<size_t>(keep + count));
}

}  // namespace

const Utterance* Timeline::open() const {
  return !utterances_.empty() && utterances_.back().is_open ? &utterances_.back() : nullptr;
}

void Timeline::Open(std::string name) {
  Utterance& utterance = utterances_.emplace_back();
  utterance.name = std::move(name);
  utterance.number = opened_++;
}

bool Timeline::Append(Sounds sounds, int64_t earliest) {
  if (sounds.empty()) return false;
  Utterance& utterance = utterances_.back();
  const bool is_first = !utterance.is_placed;
  if (is_first) {
    end_ = std::max(end_, earliest);
    utterance.is_placed = true;
    utterance.begin = end_;
  }
  if (stretches_.empty() || stretches_.back().number != utterance.number ||
      stretches_.back().end() != end_) {
    stretches_.push_back({utterance.number, end_, {}, {}});
  }
  Stretch& stretch = stretches_.back();
  stretch.heard.insert(stretch.heard.end(), sounds.heard.begin(), sounds.heard.end());
  stretch.played.insert(stretch.played.end(), sounds.played.begin(), sounds.played.end());
  end_ = stretch.end();
  utterance.end = end_ * kSampleTicks - sounds.silence;
  utterance.sound += static_cast<Ticks>(sounds.played.size()) - sounds.silence;
  return is_first;
}

void Timeline::Close() { utterances_.back().is_open = false; }

void Timeline::Gap(int64_t position) { end_ = position; }

int64_t Timeline::Cut(int64_t number, int64_t cut, int64_t earliest) {
  const auto utterance =
      std::ranges::find_if(utterances_, [&](const Utterance& u) { return u.number == number; });
  // Its sound, and where the sound before that of those after it ends then.
  int64_t left_end = 0;
  for (Stretch& stretch : stretches_) {
    if (stretch.number > number) break;
    if (stretch.number == number && stretch.end() > cut) {
      const int64_t keep = std::max<int64_t>(0, cut - stretch.begin);
      const int64_t fade = keep == 0 ? 0 : kFadeSamples;
      FadeAfter(stretch.heard, keep, fade);
      FadeAfter(stretch.played, keep * kSampleTicks, fade * kSampleTicks);
    }
    if (!stretch.heard.empty()) left_end = std::max(left_end, stretch.end());
  }
  std::erase_if(stretches_, [](const Stretch& stretch) { return stretch.heard.empty(); });
  int64_t changed = utterance->is_placed ? std::max(cut, utterance->begin) : kForever;

  // Those after it.
  const auto next = std::next(utterance);
  int64_t shift = 0;
  if (next != utterances_.end() && next->is_placed) {
    const int64_t begin = std::max(earliest, left_end);
    shift = begin - next->begin;
    changed = std::min({changed, begin, next->begin});
  }
  for (Stretch& stretch : stretches_) {
    if (stretch.number > number) stretch.begin += shift;
  }
  for (auto later = next; later != utterances_.end() && later->is_placed; ++later) {
    later->begin += shift;
    later->end += shift * kSampleTicks;
  }
  end_ = next != utterances_.end() && next->is_placed ? end_ + shift : left_end;
  utterances_.erase(utterance);
  return changed;
}

Ticks Timeline::PlayedUntil(const Utterance& utterance, Ticks until) const {
  if (until >= utterance.end) return utterance.sound;
  Ticks after = 0;
  for (const Stretch& stretch : stretches_) {
    if (stretch.number != utterance.number) continue;
    const Ticks end = std::min(stretch.end() * kSampleTicks, utterance.end);
    after += std::max<Ticks>(0, end - std::max(until, stretch.begin * kSampleTicks));
  }
  return utterance.sound - after;
}

int64_t Timeline::known_end() const {
  const Utterance* const utterance = open();
  return utterance != nullptr && utterance->is_placed ? end_ : kForever;
}

bool Timeline::HasSound(int64_t begin, int64_t end) const {
  return std::ranges::any_of(stretches_, [&](const Stretch& stretch) {
    return stretch.begin < end && stretch.end() > begin;
  });
}

void Timeline::Hear(int64_t begin, std::span<float> samples) const {
  std::ranges::fill(samples, 0.0F);
  for (const Stretch& stretch : stretches_) {
    CopyOverlap(stretch.heard, stretch.begin, begin, samples);
  }
}

bool Timeline::Play(Ticks begin, std::span<int16_t> samples) const {
  std::ranges::fill(samples, int16_t{0});
  bool has_sound = false;
  for (const Stretch& stretch : stretches_) {
    has_sound |= CopyOverlap(stretch.played, stretch.begin * kSampleTicks, begin, samples);
  }
  return has_sound;
}

/// A long stretch goes a second at a time, since what stays of it is moved.
void Timeline::LetGoBefore(int64_t position) {
  while (!stretches_.empty() && stretches_.front().end() <= position) {
    // The open utterance goes on in a stretch of its own then.
    stretches_.pop_front();
  }
  if (stretches_.empty()) return;
  Stretch& stretch = stretches_.front();
  const int64_t count = position - stretch.begin;
  if (count < kDropSamples) return;
  stretch.heard.erase(stretch.heard.begin(), stretch.heard.begin() + count);
  stretch.played.erase(stretch.played.begin(), stretch.played.begin() + count * kSampleTicks);
  stretch.begin += count;
}

uint64_t Timeline::bytes() const {
  uint64_t bytes = 0;
  for (const Stretch& stretch : stretches_) {
    bytes += stretch.heard.capacity() * sizeof(float) + stretch.played.capacity() * sizeof(int16_t);
  }
  return bytes;
}

}  // namespace mouthpiece::live
