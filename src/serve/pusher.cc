#include "serve/pusher.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "mouthpiece/error.h"

namespace mouthpiece::serve {
namespace {

/// Where the peer's timeline begins: what an encoder of sound puts in front must not be negative.
constexpr live::Ticks kStart = 2048;
/// To end a connection that is lost.
constexpr std::chrono::milliseconds kShort{200};

}  // namespace

const char* NameOf(PushState state) {
  switch (state) {
    case PushState::kConnecting:
      return "connecting";
    case PushState::kLive:
      return "live";
    case PushState::kWaiting:
      return "waiting";
    default:
      return "ended";
  }
}

Pusher::Pusher(Options options, Metrics& metrics)
    : Viewer(Form::kSettled),
      options_(std::move(options)),
      metrics_(metrics),
      since_(Steady::now()),
      thread_([this] { Run(); }) {}

Pusher::~Pusher() { Part("", 0); }

void Pusher::Take(std::span<const Outgoing> items) noexcept {
  try {
    const std::lock_guard lock(mutex_);
    if (!takes_) return;
    const Steady::time_point now = Steady::now();
    for (const Outgoing& item : items) queue_.Push(item.settled, now);
    metrics_.dropped_packets += queue_.TakeDropped();
  } catch (const std::exception&) {
    // Without memory for it, it is as if it had been late.
  }
  changed_.notify_one();
}

void Pusher::Part(const std::string&, int) noexcept {
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  patience_.End();
  changed_.notify_one();
}

bool Pusher::is_audience() const {
  return !done_ && (live_ || Steady::now() - since_.load() < kMissed);
}

PushStatus Pusher::status() const {
  const std::lock_guard lock(mutex_);
  PushStatus status = status_;
  if (ended_) status.state = PushState::kEnded;
  return status;
}

void Pusher::Log(const std::string& event, const std::string& why) {
  if (!options_.log) return;
  std::string line = "ev=" + event + " session=" + options_.session + " push=" + options_.name +
                     " to=" + options_.url.shown();
  if (!why.empty()) line += " why=\"" + why + "\"";
  options_.log(line);
}

void Pusher::Run() {
  std::chrono::milliseconds pause = kFirstPause;
  do {
    std::string why;
    try {
      patience_.Give(kConnect);
      media::LivePush connection(options_.url.url, options_.headers, patience_);
      GoLive();
      try {
        Send(connection);
      } catch (const std::exception&) {
        patience_.Give(kShort);
        throw;
      }
    } catch (const std::exception& error) {
      why = error.what();
    }
    if (live_ && Steady::now() - since_.load() > kLong) pause = kFirstPause;
    Lose(why);
  } while (Wait(std::exchange(pause, std::min(2 * pause, kLastPause))));
  Log("push_ended");
  done_ = true;
}

void Pusher::GoLive() {
  {
    const std::lock_guard lock(mutex_);
    takes_ = true;
    ++status_.connected;
    status_.state = PushState::kLive;
    status_.why.clear();
  }
  since_ = Steady::now();
  live_ = true;
  ++metrics_.push_connected;
  Log("push_live");
}

void Pusher::Send(media::LivePush& connection) {
  while (const std::shared_ptr<const Settled> settled = Next()) {
    if (!first_) first_ = settled->pts;
    patience_.Give(kStuck);
    connection.Write(settled->unit.get(), settled->pts - *first_ + kStart, settled->duration,
                     settled->sound);
    if (settled->unit != nullptr) {
      metrics_.sent_bytes += static_cast<int64_t>(settled->unit->bytes.size());
    }
  }
}

std::shared_ptr<const Settled> Pusher::Next() {
  std::unique_lock lock(mutex_);
  if (queue_.empty() && queue_.waits_for_key() && options_.want_key) {
    lock.unlock();
    options_.want_key();
    lock.lock();
  }
  changed_.wait(lock, [this] { return ended_ || !queue_.empty(); });
  return queue_.Pop();
}

void Pusher::Lose(const std::string& why) {
  const bool was_live = live_.exchange(false);
  if (was_live) since_ = Steady::now();
  bool is_news = false;
  {
    const std::lock_guard lock(mutex_);
    takes_ = false;
    queue_.Drop();
    if (ended_) return;
    is_news = was_live || why != status_.why;
    if (was_live) ++status_.lost;
    status_.state = PushState::kWaiting;
    status_.why = why;
  }
  if (was_live) ++metrics_.push_lost;
  if (is_news) Log(was_live ? "push_lost" : "push_failed", why);
}

bool Pusher::Wait(std::chrono::milliseconds pause) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, pause, [this] { return ended_; });
  if (!ended_) status_.state = PushState::kConnecting;
  return !ended_;
}

}  // namespace mouthpiece::serve
