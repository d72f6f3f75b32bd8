// What the server does, without a socket.
#ifndef MOUTHPIECE_SERVE_SERVICE_H_
#define MOUTHPIECE_SERVE_SERVICE_H_

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "mouthpiece/error.h"
#include "mouthpiece/live.h"
#include "mouthpiece/serve.h"
#include "serve/admission.h"
#include "serve/avatar_registry.h"
#include "serve/http_message.h"
#include "serve/jobs.h"
#include "serve/metrics.h"
#include "serve/pump.h"
#include "serve/push_url.h"
#include "serve/pushers.h"
#include "serve/session_table.h"
#include "serve/show.h"
#include "serve/token_bucket.h"

namespace mouthpiece::serve {

/// What a request may do.
enum class Access { kNone, kSession, kServer };

/// Thread-safe.
class Service {
 public:
  /// `is_local`: nobody but this machine can reach it. Throws Error as Server.
  Service(const ServeOptions& options, bool is_local);
  ~Service();
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  /// What keeps the request from being looked at: a foreign origin or host. None: nothing.
  std::optional<Answer> Refuse(const Request& request) const;
  /// What it may do with the session, or, when that is null, with the server.
  Access AccessOf(const Request& request, const Show* show) const;
  bool IsToken(const std::string& token, const Show& show) const;

  /// May take long: an avatar may be loaded.
  Answer Handle(const Request& request);
  /// Bytes of a body that a request may have.
  static size_t MostBody(const Request& request);

  /// The session of a path /v1/sessions/ID/`last`; null when it is another path or there is none.
  std::shared_ptr<Show> FindShow(const std::string& path, std::string_view last) const;
  /// Has a text said; the utterance fails by itself when it cannot be.
  void Say(const std::shared_ptr<Show>& show, const std::shared_ptr<Incoming>& incoming,
           std::string text);
  /// A name that no utterance has.
  std::string NewUtterance() { return "http-" + std::to_string(++named_); }
  /// Throws Error: kUnsupported when there is no room for one who speaks.
  std::shared_ptr<Incoming> OpenUtterance(Show& show, const std::string& name, int rate);
  /// Ask before its sound comes: it may be over soon.
  static std::shared_ptr<FinishedWait> WaitFor(Show& show, const std::string& utterance);
  static Answer ProblemOf(const Error& error);
  bool has_tts() const { return !tts_.empty(); }

  /// Once a second: sessions that nobody sees end.
  void Sweep();
  /// No sessions any more, nor anything new to be said.
  void Drain() { draining_ = true; }
  bool is_draining() const { return draining_; }
  /// Utterances that are not finished.
  size_t Unfinished() const;
  /// Ends all sessions.
  void CloseAll(const std::string& reason, int retry_after_s);

  Metrics& metrics() { return metrics_; }
  /// A line: ev=NAME and what follows.
  void Log(const std::string& line);

 private:
  struct SessionRequest;

  void AddAvatars(const ServeOptions& options);
  void GiveBackMemory();
  Answer OpenSession(const Request& request);
  Answer Open(const SessionRequest& wanted);
  Answer HandleSession(const Request& request, const std::shared_ptr<Show>& show,
                       std::string_view rest);
  Answer Speak(const Request& request, const std::shared_ptr<Show>& show);
  void Decode(const std::shared_ptr<Show>& show, const std::shared_ptr<Incoming>& incoming,
              std::vector<uint8_t> bytes);
  Answer Interrupt(const Request& request, Show& show);
  /// The places of --push-to. Throws Error.
  static std::vector<PushUrl> PushPlacesOf(const ServeOptions& options);
  /// What keeps a session from being pushed there; else `url` is it. Throws Error for what is none.
  std::optional<Answer> RefusePush(const std::string& text, PushUrl& url) const;
  /// Begins to connect; the show has still to be joined. Null when there are too many.
  std::shared_ptr<Pusher> AddPush(const std::shared_ptr<Show>& show, PushUrl url);
  static Answer TooManyPushes();
  Answer Push(const Request& request, const std::shared_ptr<Show>& show);
  Answer EndPush(const std::shared_ptr<Show>& show, const std::string& name);
  nlohmann::json PushesOf(const Show& show) const;
  Answer Status(const Show& show) const;
  Answer Avatars() const;
  Answer MetricsOf() const;
  std::optional<Answer> Page(const Request& request) const;

  const std::vector<std::string> origins_;
  const std::function<void(const std::string&)> log_;
  const bool is_local_;
  const std::filesystem::path record_;      ///< Empty: nothing is
  const std::vector<PushUrl> push_places_;  ///< Empty: nowhere
  std::string token_;                       ///< Empty: none is wanted
  std::vector<std::string> tts_;            ///< Empty: none
  std::mutex log_mutex_;
  std::atomic<bool> draining_ = false;
  int64_t closed_before_ = 0;  ///< This and the next: of Sweep
  std::chrono::steady_clock::time_point gave_back_;
  Metrics metrics_;
  const std::shared_ptr<live::Scheduler> scheduler_;
  Admission admission_;
  Stagehands hands_;
  AvatarRegistry registry_;
  SessionTable<Show> sessions_;
  std::mutex opening_mutex_;
  TokenBucket openings_;            ///< By opening_mutex_
  std::atomic<int64_t> named_ = 0;  ///< Utterances that got a name here
  Jobs jobs_;
  Pushers pushers_;  ///< Call what is above
};

}  // namespace mouthpiece::serve

#endif  // MOUTHPIECE_SERVE_SERVICE_H_
