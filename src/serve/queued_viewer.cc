#include "serve/queued_viewer.h"

#include <exception>
#include <utility>

#include "serve/message.h"

namespace mouthpiece::serve {
namespace {

using Steady = std::chrono::steady_clock;

}  // namespace

QueuedViewer::QueuedViewer(Form taken, std::shared_ptr<Show> show, Metrics& metrics,
                           const tcp::socket::executor_type& executor)
    : Viewer(taken),
      show_(std::move(show)),
      metrics_(metrics),
      executor_(executor),
      notifier_(executor) {}

void QueuedViewer::Take(std::span<const Outgoing> items) noexcept {
  try {
    net::post(executor_,
              [self = shared_from_this(),
               taken = std::vector<Outgoing>(items.begin(), items.end())] { self->Push(taken); });
  } catch (const std::exception&) {
    // Without memory for it, it is as if it had been late.
  }
}

void QueuedViewer::Part(const std::string& reason, int retry_after_s) noexcept {
  try {
    net::post(executor_, [self = shared_from_this(), reason, retry_after_s] {
      self->Finish(reason, retry_after_s);
    });
  } catch (const std::exception&) {
  }
}

void QueuedViewer::Push(std::span<const Outgoing> items) {
  if (finishing_) return;
  const Steady::time_point now = Steady::now();
  for (const Outgoing& item : items) queue_.Push(item, now);
  if (queue_.TakeWantsKey()) show_->WantKey();
  metrics_.dropped_packets += queue_.dropped() - std::exchange(dropped_, queue_.dropped());
  CheckStuck(now);
  notifier_.cancel();
}

void QueuedViewer::CheckStuck(WriteQueue::Time now) {
  if (queue_.Age(now) <= kStuck) return;
  stuck_ = true;
  ++metrics_.vanished;
  Finish("too slow", 1);
}

void QueuedViewer::Tell(const std::string& text) {
  const Outgoing item = OutgoingText(text);
  Push({&item, 1});
}

void QueuedViewer::Finish(const std::string& reason, int retry_after_s) {
  if (finishing_) return;
  reason_ = reason;
  if (form != Form::kFile) queue_.Push(OutgoingText(ByeText(reason, retry_after_s)), Steady::now());
  finishing_ = true;
  notifier_.cancel();
}

void QueuedViewer::Abandon() {
  finishing_ = true;
  queue_ = {};
  notifier_.cancel();
}

net::awaitable<std::optional<Outgoing>> QueuedViewer::Next() {
  while (true) {
    const Steady::time_point now = Steady::now();
    const std::chrono::duration<double> waited = queue_.Age(now);
    if (std::optional<Outgoing> item = queue_.Pop(now)) {
      metrics_.queued.Add(waited.count());
      metrics_.sent_bytes += static_cast<int64_t>(item->bytes->size());
      co_return item;
    }
    if (queue_.TakeWantsKey()) show_->WantKey();
    if (finishing_) co_return std::nullopt;
    notifier_.expires_at(Steady::time_point::max());
    SystemError cancelled;
    co_await notifier_.async_wait(net::redirect_error(net::use_awaitable, cancelled));
  }
}

}  // namespace mouthpiece::serve
