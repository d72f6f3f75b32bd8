// A viewer behind a socket.
#ifndef MOUTHPIECE_SERVE_QUEUED_VIEWER_H_
#define MOUTHPIECE_SERVE_QUEUED_VIEWER_H_

#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "serve/metrics.h"
#include "serve/show.h"
#include "serve/stream.h"
#include "serve/viewer.h"
#include "serve/write_queue.h"

namespace mouthpiece::serve {

/// Queues what is to be sent, in the thread of the sockets, to which all but Take and Part belongs.
class QueuedViewer : public Viewer, public std::enable_shared_from_this<QueuedViewer> {
 public:
  /// What is not sent within so long ends the connection.
  static constexpr std::chrono::seconds kStuck{5};

  QueuedViewer(Form taken, std::shared_ptr<Show> show, Metrics& metrics,
               const tcp::socket::executor_type& executor);

  void Take(std::span<const Outgoing> items) noexcept override;
  void Part(const std::string& reason, int retry_after_s) noexcept override;

  /// What is to be sent next, once there is something; none at the end.
  net::awaitable<std::optional<Outgoing>> Next();

  /// Something to this viewer alone.
  void Tell(const std::string& text);
  /// Next gives what is queued, then none.
  void Finish(const std::string& reason, int retry_after_s);
  /// Next gives none.
  void Abandon();
  const std::string& reason() const { return reason_; }
  bool is_stuck() const { return stuck_; }
  Show& show() { return *show_; }
  const std::shared_ptr<Show>& shared_show() const { return show_; }

 private:
  void Push(std::span<const Outgoing> items);
  void CheckStuck(WriteQueue::Time now);

  const std::shared_ptr<Show> show_;
  Metrics& metrics_;
  const tcp::socket::executor_type executor_;
  net::steady_timer notifier_;
  WriteQueue queue_;
  int64_t dropped_ = 0;  ///< Of the queue's, counted
  bool finishing_ = false;
  bool stuck_ = false;
  std::string reason_;
};

}  // namespace mouthpiece::serve

#endif  // MOUTHPIECE_SERVE_QUEUED_VIEWER_H_
