#include "serve/write_queue.h"

#include <algorithm>
#include <utility>

namespace mouthpiece::serve {
namespace {

bool IsVideo(const Outgoing& item) {
  return item.content == Content::kVideo || item.content == Content::kMp4;
}

bool HasEpoch(const Outgoing& item) {
  return item.content == Content::kVideo || item.content == Content::kSound;
}

}  // namespace

Outgoing OutgoingText(const std::string& text) {
  return {Content::kText, std::make_shared<const std::vector<uint8_t>>(text.begin(), text.end())};
}

void WriteQueue::Push(Outgoing item, Time now) {
  if (item.content == Content::kFlush) DropOlder(item.epoch);
  if (HasEpoch(item) && item.epoch < epoch_) {
    ++dropped_;
    return;
  }
  if (IsVideo(item)) {
    if (IsVideoLate(now) || bytes_ + item.bytes->size() > kMostBytes) DropVideo();
    if (waits_for_key_ && !item.key) {
      ++dropped_;
      return;
    }
    waits_for_key_ = false;
  }
  bytes_ += item.bytes->size();
  items_.push_back({std::move(item), now});
}

std::optional<Outgoing> WriteQueue::Pop(Time now) {
  if (IsVideoLate(now)) DropVideo();
  if (items_.empty()) return std::nullopt;
  Outgoing item = std::move(items_.front().item);
  items_.pop_front();
  bytes_ -= item.bytes->size();
  return item;
}

std::chrono::milliseconds WriteQueue::Age(Time now) const {
  if (items_.empty()) return std::chrono::milliseconds(0);
  return std::chrono::duration_cast<std::chrono::milliseconds>(now - items_.front().since);
}

bool WriteQueue::IsVideoLate(Time now) const {
  const auto first =
      std::ranges::find_if(items_, [](const Waiting& waiting) { return IsVideo(waiting.item); });
  return first != items_.end() && now - first->since > kLate;
}

bool WriteQueue::TakeWantsKey() { return std::exchange(wants_key_, false); }

void WriteQueue::DropOlder(uint32_t epoch) {
  epoch_ = epoch;
  bool video = false;
  Drop([&](const Outgoing& item) {
    const bool older = HasEpoch(item) && item.epoch < epoch;
    video |= older && item.content == Content::kVideo;
    return older;
  });
  if (video) waits_for_key_ = true;
}

void WriteQueue::DropVideo() {
  const int64_t before = dropped_;
  Drop(IsVideo);
  // What was sent is complete, but what comes next refers to what is gone.
  if (dropped_ > before) waits_for_key_ = wants_key_ = true;
}

template <typename Predicate>
void WriteQueue::Drop(Predicate is_dropped) {
  std::erase_if(items_, [&](const Waiting& waiting) {
    if (!is_dropped(waiting.item)) return false;
    bytes_ -= waiting.item.bytes->size();
    ++dropped_;
    return true;
  });
}

}  // namespace mouthpiece::serve
