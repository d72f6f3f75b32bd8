#include "live/session_core.h"

#include <algorithm>
#include <iterator>
#include <ranges>
#include <type_traits>
#include <utility>

#include "media/memory_sound.h"
#include "mouthpiece/error.h"

namespace mouthpiece::live {
namespace {

// What listeners say that they heard lies in the past by their buffers.
constexpr Ticks kLongestAgo = Milliseconds(500);

void Check(const char* name, int64_t value, int64_t low, int64_t high) {
  if (value >= low && value <= high) return;
  throw Error(ErrorCode::kInvalidArgument, std::string(name) + ": expected " + std::to_string(low) +
                                               " to " + std::to_string(high) + ", found " +
                                               std::to_string(value));
}

SessionOptions Checked(SessionOptions options) {
  constexpr Ticks kBefore = kFirstFrame * kFrameTicks;
  Check("lookahead", options.lookahead, 0, kMostLookahead);
  Check("ahead", options.ahead, 0, kBefore);
  Check("settled_ahead", options.settled_ahead, 0, options.ahead);
  Check("late", options.late, 0, options.settled_ahead);
  Check("margin", options.margin, 0, Milliseconds(10'000));
  Check("most_rendered_ahead", options.most_rendered_ahead, 1, 250);
  Check("most_queued", options.most_queued, Milliseconds(1000), Milliseconds(3'600'000));
  return options;
}

}  // namespace

SessionCore::SessionCore(std::shared_ptr<Performer> performer,
                         std::shared_ptr<Scheduler::State> scheduler,
                         std::shared_ptr<const Clock> clock, SessionOptions options)
    : performer_(std::move(performer)),
      scheduler_(std::move(scheduler)),
      clock_(std::move(clock)),
      options_(Checked(std::move(options))),
      origin_(clock_->Now() + options_.settled_ahead - kFirstFrame * kFrameTicks),
      rows_(timeline_, kFirstFrame - kRowsBehind) {
  if (options_.admission == Admission::kAtOpen) {
    promise_ = Promise::Get(scheduler_, performer_->frame_ms());
    if (promise_ == nullptr) {
      throw Error(ErrorCode::kUnsupported,
                  "session: expected time for one more that speaks, found none: all cores are "
                  "promised to others");
    }
  }
  const std::lock_guard lock(scheduler_->mutex);
  ++scheduler_->sessions;
}

SessionCore::~SessionCore() {
  const std::lock_guard lock(scheduler_->mutex);
  --scheduler_->sessions;
}

Speaking SessionCore::Speak(const std::string& utterance, int rate) {
  const std::lock_guard push_lock(push_mutex_);
  Voice voice(rate);
  EndOpen();
  const Lock lock(mutex_);
  if (std::ranges::any_of(timeline_.utterances(),
                          [&](const Utterance& other) { return other.name == utterance; })) {
    throw Error(ErrorCode::kInvalidArgument, "utterance: expected a name of its own, found \"" +
                                                 utterance +
                                                 "\", which is that of one that is not finished");
  }
  if (options_.admission == Admission::kAtSpeech && promise_ == nullptr) {
    promise_ = Promise::Get(scheduler_, performer_->frame_ms());
    if (promise_ == nullptr) return Speaking::kRefused;
  }
  timeline_.Open(utterance);
  voiced_ = timeline_.open()->number;
  voice_.emplace(std::move(voice));
  return Speaking::kYes;
}

/// Whether the voice's utterance was not cut off.
bool SessionCore::IsVoiced() const {
  const Utterance* const open = timeline_.open();
  return !is_closed_ && open != nullptr && open->number == voiced_;
}

template <typename Sample>
size_t SessionCore::Push(std::span<const Sample> samples) {
  const std::lock_guard push_lock(push_mutex_);
  if (!voice_) {
    throw Error(ErrorCode::kInvalidArgument, "samples: expected an open utterance, found none");
  }
  const size_t most = static_cast<size_t>(voice_->rate()) / 4;
  size_t taken = 0;
  while (taken < samples.size()) {
    size_t count = std::min(most, samples.size() - taken);
    {
      const Lock lock(mutex_);
      if (!IsVoiced()) return samples.size();
      const int64_t room = (options_.most_queued - Queued()) * voice_->rate() / kTickRate;
      count = static_cast<size_t>(std::clamp<int64_t>(room, 0, static_cast<int64_t>(count)));
      if (count == 0) {
        if (!std::exchange(is_full_, true)) {
          events_.emplace_back(Busy{Queued()});
          Wake();
        }
        break;
      }
    }
    Sounds sounds = voice_->Push(samples.subspan(taken, count));
    taken += count;
    const Lock lock(mutex_);
    if (!IsVoiced()) return samples.size();
    Place(std::move(sounds));
    OfferWork();
    Wake();
  }
  return taken;
}

template size_t SessionCore::Push(std::span<const float> samples);
template size_t SessionCore::Push(std::span<const int16_t> samples);

void SessionCore::End() {
  const std::lock_guard push_lock(push_mutex_);
  EndOpen();
}

void SessionCore::EndOpen() {
  if (!voice_) return;
  Sounds rest = voice_->Finish();
  voice_.reset();
  const Lock lock(mutex_);
  if (!IsVoiced()) return;
  Place(std::move(rest));
  timeline_.Close();
  OfferWork();
  Wake();
}

bool SessionCore::is_open() const {
  const Lock lock(mutex_);
  return timeline_.open() != nullptr;
}

/// Where sound may begin that no settled frame should have heard.
int64_t SessionCore::Earliest() const {
  return RowSoundEnd(settled_ - 1 + options_.lookahead) + options_.margin / kSampleTicks;
}

void SessionCore::Place(Sounds sounds) {
  // What a frame needs may have become silence meanwhile.
  Settle(Now());
  if (timeline_.Append(std::move(sounds), Earliest())) Invalidate(timeline_.open()->begin);
}

Ticks SessionCore::Queued() const {
  Ticks queued = 0;
  for (const Utterance& utterance : timeline_.utterances()) {
    queued += utterance.sound - timeline_.PlayedUntil(utterance, given_);
  }
  return queued;
}

void SessionCore::Invalidate(int64_t position) {
  rows_.Invalidate(position);
  batch_.reset();
  const auto is_void = [&](const auto& entry) {
    return RowSoundEnd(entry.first + options_.lookahead) > position;
  };
  std::erase_if(painted_, is_void);
  std::erase_if(painting_, is_void);
}

Interrupted SessionCore::Interrupt(const std::optional<std::string>& utterance,
                                   std::optional<Ticks> heard) {
  const Lock lock(mutex_);
  const Ticks now = Now();
  const Ticks least = std::max(now - kLongestAgo, flushed_);
  const Ticks at = std::min(std::clamp(heard.value_or(now), least, std::max(least, now)), given_);
  const int64_t cut = (at + kSampleTicks - 1) / kSampleTicks;

  Interrupted result;
  std::vector<int64_t> numbers;
  std::vector<Output> finished;
  bool is_heard = false;
  for (const Utterance& each : timeline_.utterances()) {
    const bool was_played = !each.is_open && each.is_placed && each.end <= at;
    if (was_played || (utterance && *utterance != each.name)) continue;
    const Ticks played =
        each.is_announced ? timeline_.PlayedUntil(each, cut * kSampleTicks) : Ticks{0};
    if (each.is_announced && !is_heard) {
      result.utterance = each.name;
      result.played = played;
    }
    is_heard |= each.is_announced;
    numbers.push_back(each.number);
    finished.emplace_back(Finished{each.name, played, true});
  }
  if (is_heard) FlushAt(cut * kSampleTicks, now);
  int64_t changed = kForever;
  for (const int64_t number : numbers | std::views::reverse) {
    const int64_t from = is_heard ? cut : given_ / kSampleTicks;
    changed = std::min(changed, timeline_.Cut(number, from, Earliest()));
  }
  if (changed < kForever) Invalidate(changed);
  std::ranges::move(finished, std::back_inserter(events_));
  result.epoch = epoch_;
  OfferWork();
  if (!numbers.empty()) Wake();
  return result;
}

/// What was given from `at` on is void.
void SessionCore::FlushAt(Ticks at, Ticks now) {
  ++epoch_;
  std::erase_if(events_, [](const Output& event) { return std::holds_alternative<Busy>(event); });
  events_.emplace_back(Flush{epoch_, at});
  given_ = at;
  flushed_ = at;
  settled_ = NextFrame();
  held_until_ = now + options_.settled_ahead;
}

SessionStats SessionCore::stats() const {
  const Lock lock(mutex_);
  SessionStats stats = stats_;
  stats.epoch = epoch_;
  stats.queued = Queued();
  const Ticks now = Now();
  for (const Utterance& utterance : timeline_.utterances()) {
    if (!utterance.is_announced || utterance.begin * kSampleTicks > now) break;
    stats.utterance = utterance.name;
    stats.played = timeline_.PlayedUntil(utterance, now);
  }
  stats.bytes = timeline_.bytes() + rows_.bytes();
  return stats;
}

}  // namespace mouthpiece::live
