// A session that is sent to a server of somebody's.
#ifndef MOUTHPIECE_SERVE_PUSHER_H_
#define MOUTHPIECE_SERVE_PUSHER_H_

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>

#include "media/h264_headers.h"
#include "media/live_push.h"
#include "serve/metrics.h"
#include "serve/push_url.h"
#include "serve/settled_queue.h"
#include "serve/viewer.h"

namespace mouthpiece::serve {

enum class PushState {
  kConnecting,
  kLive,
  kWaiting,  ///< To connect again
  kEnded,
};
const char* NameOf(PushState state);

struct PushStatus {
  PushState state = PushState::kConnecting;
  int64_t connected = 0;  ///< Times
  int64_t lost = 0;       ///< Connections
  std::string why;        ///< It is not connected; empty: it is, or never was
};

/// Connects, again and again when the peer is not there or lost, and sends what has settled, in a
/// thread of its own. A peer that is slow loses all up to a key. Times go on over connections.
/// Thread-safe.
class Pusher final : public Viewer {
 public:
  using Steady = std::chrono::steady_clock;

  /// What a peer may take to answer, and to take what is sent, before it counts as lost.
  static constexpr std::chrono::seconds kConnect{10};
  static constexpr std::chrono::seconds kStuck{5};
  /// Between two attempts: doubled from the first to the last while none succeeds for long.
  static constexpr std::chrono::milliseconds kFirstPause{500};
  static constexpr std::chrono::milliseconds kLastPause{5000};
  static constexpr std::chrono::seconds kLong{10};
  /// So long a session is there for a peer that is not.
  static constexpr std::chrono::seconds kMissed{60};

  struct Options {
    std::string session;  ///< For the log
    std::string name;     ///< Of this one
    PushUrl url;
    media::H264Headers headers;
    std::function<void()> want_key = {};               ///< What comes is useless without one
    std::function<void(const std::string&)> log = {};  ///< A line for each change
  };

  /// `metrics` and what `options` call outlive this.
  Pusher(Options options, Metrics& metrics);
  /// Waits for the thread, which a name that is looked up may hold up.
  ~Pusher() override;
  Pusher(const Pusher&) = delete;
  Pusher& operator=(const Pusher&) = delete;

  void Take(std::span<const Outgoing> items) noexcept override;
  /// The thread ends within a second.
  void Part(const std::string& reason, int retry_after_s) noexcept override;
  bool is_audience() const override;

  const Options& options() const { return options_; }
  PushStatus status() const;
  /// Nothing is done any more; the thread has ended or is about to.
  bool is_done() const { return done_; }

 private:
  void Run();
  /// Returns when all is over. Throws Error when the connection is lost.
  void Send(media::LivePush& connection);
  /// Waits; null when all is over.
  std::shared_ptr<const Settled> Next();
  void GoLive();
  void Lose(const std::string& why);
  /// False when all is over.
  bool Wait(std::chrono::milliseconds pause);
  void Log(const std::string& event, const std::string& why = {});

  const Options options_;
  Metrics& metrics_;
  media::Patience patience_;
  std::atomic<bool> done_ = false;
  std::atomic<bool> live_ = false;
  std::atomic<Steady::time_point> since_;  ///< When live_ changed
  std::optional<live::Ticks> first_;  ///< The session's time where the peer's begins. Of the thread

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  SettledQueue queue_;  ///< This and what follows: by mutex_
  bool takes_ = false;  ///< While there is a connection
  bool ended_ = false;
  PushStatus status_;
  std::jthread thread_;
};

}  // namespace mouthpiece::serve

#endif  // MOUTHPIECE_SERVE_PUSHER_H_
