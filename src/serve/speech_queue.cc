#include "serve/speech_queue.h"

#include <algorithm>
#include <utility>

#include "mouthpiece/error.h"

namespace mouthpiece::serve {
namespace {

size_t BytesIn(const Samples& samples) {
  return std::visit([](const auto& values) { return values.size() * sizeof(values[0]); }, samples);
}

size_t BytesIn(const Incoming& incoming) {
  size_t bytes = 0;
  for (const Samples& piece : incoming.pieces) bytes += BytesIn(piece);
  return bytes;
}

}  // namespace

SpeechQueue::SpeechQueue(live::Session& session, Admission& admission,
                         std::unique_ptr<Admission::Grant> grant)
    : session_(session),
      admission_(admission),
      keeps_grant_(grant != nullptr),
      grant_(std::move(grant)) {}

std::shared_ptr<Incoming> SpeechQueue::Open(const std::string& name, int rate) {
  const std::lock_guard lock(mutex_);
  const bool is_known = std::ranges::find(begun_, name) != begun_.end() ||
                        std::ranges::find(waiting_, name, [](const auto& waiting) {
                          return waiting->name;
                        }) != waiting_.end();
  if (is_known) {
    throw Error(ErrorCode::kInvalidArgument,
                "utterance " + name + ": expected a new name, found one that is not finished");
  }
  if (waiting_.size() >= kMostUtterances) {
    throw Error(ErrorCode::kUnsupported, "expected at most " + std::to_string(kMostUtterances) +
                                             " utterances that wait, found one more");
  }
  auto incoming = std::make_shared<Incoming>(name);
  incoming->rate = rate;
  waiting_.push_back(incoming);
  return incoming;
}

void SpeechQueue::SetRate(Incoming& incoming, int rate) {
  const std::lock_guard lock(mutex_);
  incoming.rate = rate;
}

void SpeechQueue::Push(Incoming& incoming, Samples samples) {
  const size_t bytes = BytesIn(samples);
  if (bytes == 0) return;
  const std::lock_guard lock(mutex_);
  if (incoming.dropped || incoming.ended) return;
  // The sound of one whole file may be more.
  if (bytes_ > 0 && bytes_ + bytes > kMostBytes) {
    throw Error(ErrorCode::kUnsupported, "expected at most " + std::to_string(kMostBytes >> 20) +
                                             " MiB of sound that waits, found more");
  }
  bytes_ += bytes;
  incoming.pieces.push_back(std::move(samples));
}

void SpeechQueue::End(Incoming& incoming) {
  const std::lock_guard lock(mutex_);
  incoming.ended = true;
}

void SpeechQueue::Fail(Incoming& incoming, const std::string& code, const std::string& message) {
  const std::lock_guard lock(mutex_);
  if (incoming.dropped) return;
  if (incoming.begun) {
    incoming.ended = true;
    return;
  }
  Drop(incoming, code, message);
  std::erase_if(waiting_, [&](const auto& waiting) { return waiting.get() == &incoming; });
}

live::Interrupted SpeechQueue::Interrupt(const std::optional<std::string>& utterance,
                                         std::optional<live::Ticks> heard) {
  const std::lock_guard lock(mutex_);
  std::erase_if(waiting_, [&](const auto& waiting) {
    if (utterance && waiting->name != *utterance) return false;
    Drop(*waiting, "", "");
    return true;
  });
  return session_.Interrupt(utterance, heard);
}

void SpeechQueue::Drop(Incoming& incoming, const std::string& code, const std::string& message) {
  bytes_ -= BytesIn(incoming);
  incoming.pieces.clear();
  incoming.dropped = true;
  if (!incoming.begun) never_begun_.push_back({incoming.name, code, message});
}

bool SpeechQueue::Reserve(double frame_ms) {
  const std::lock_guard lock(mutex_);
  if (grant_ == nullptr) grant_ = admission_.Ask(frame_ms);
  return grant_ != nullptr;
}

void SpeechQueue::Feed(double frame_ms) {
  const std::lock_guard lock(mutex_);
  while (!waiting_.empty()) {
    const std::shared_ptr<Incoming> front = waiting_.front();
    if (!FeedFront(*front, frame_ms)) return;
    waiting_.pop_front();
  }
}

/// Whether nothing is left to do for it.
bool SpeechQueue::FeedFront(Incoming& incoming, double frame_ms) {
  if (!incoming.begun) {
    const bool has_sound = incoming.rate > 0 && (!incoming.pieces.empty() || incoming.ended);
    if (!has_sound) return false;
    if (grant_ == nullptr) grant_ = admission_.Ask(frame_ms);
    if (grant_ == nullptr) {
      Drop(incoming, "limit", "there is no room for one more who speaks");
      return true;
    }
    if (begun_.empty()) beginning_ = std::chrono::steady_clock::now();
    session_.Speak(incoming.name, incoming.rate);
    incoming.begun = true;
    begun_.push_back(incoming.name);
  }
  while (!incoming.pieces.empty()) {
    const Samples& piece = incoming.pieces.front();
    const auto push = [&](const auto& values) {
      constexpr size_t kAtOnce = 65536;  // of a file of minutes, what there is room for
      while (incoming.taken < values.size()) {
        const std::span rest = std::span(values).subspan(incoming.taken);
        const std::span next = rest.first(std::min(rest.size(), kAtOnce));
        const size_t taken = session_.Push(next);
        incoming.taken += taken;
        if (taken < next.size()) return false;
      }
      return true;
    };
    if (!std::visit(push, piece)) return false;
    bytes_ -= BytesIn(piece);
    incoming.taken = 0;
    incoming.pieces.pop_front();
  }
  if (!incoming.ended) return false;
  session_.End();
  return true;
}

void SpeechQueue::BeSilent() {
  const std::lock_guard lock(mutex_);
  GiveGrantBack();
}

void SpeechQueue::Forget(const std::string& name) {
  const std::lock_guard lock(mutex_);
  std::erase(begun_, name);
  GiveGrantBack();  // before anybody is told, who may then speak elsewhere
}

void SpeechQueue::GiveGrantBack() {
  if (!keeps_grant_ && begun_.empty() && waiting_.empty()) grant_.reset();
}

std::vector<NeverBegun> SpeechQueue::TakeNeverBegun() {
  const std::lock_guard lock(mutex_);
  return std::exchange(never_begun_, {});
}

size_t SpeechQueue::bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

size_t SpeechQueue::bytes(const Incoming& incoming) const {
  const std::lock_guard lock(mutex_);
  return BytesIn(incoming);
}

size_t SpeechQueue::unfinished() const {
  const std::lock_guard lock(mutex_);
  const auto waiting =
      std::ranges::count_if(waiting_, [](const auto& incoming) { return !incoming->begun; });
  return static_cast<size_t>(waiting) + begun_.size();
}

std::optional<std::chrono::steady_clock::time_point> SpeechQueue::TakeBeginning() {
  const std::lock_guard lock(mutex_);
  return std::exchange(beginning_, std::nullopt);
}

}  // namespace mouthpiece::serve
