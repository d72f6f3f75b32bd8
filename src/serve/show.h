// One session as it is served: who speaks into it, who sees it.
#ifndef MOUTHPIECE_SERVE_SHOW_H_
#define MOUTHPIECE_SERVE_SHOW_H_

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "mouthpiece/live.h"
#include "serve/admission.h"
#include "serve/avatar_registry.h"
#include "serve/message.h"
#include "serve/metrics.h"
#include "serve/mp4_track.h"
#include "serve/pump.h"
#include "serve/settled_track.h"
#include "serve/speech_queue.h"
#include "serve/video_track.h"
#include "serve/viewer.h"

namespace mouthpiece::serve {

struct ShowOptions {
  std::string id;
  std::string token;
  int lookahead = 7;
  int64_t bitrate = 0;
  bool tts = false;  ///< For `ready`
};

/// What the server and its sessions share; outlives the sessions.
struct Stagehands {
  std::shared_ptr<const live::Clock> clock;
  std::shared_ptr<Pump> pump;
  Admission& admission;
  Metrics& metrics;
};

/// What there is to say of one.
struct ShowStatus {
  std::string avatar;
  bool speaking = false;
  live::Ticks queued = 0;
  uint32_t epoch = 0;
  std::string utterance;
  live::Ticks played = 0;
  int viewers = 0;
  size_t unfinished = 0;
  uint64_t bytes = 0;
};

/// Thread-safe; in a shared_ptr.
class Show final : public Pumped, public std::enable_shared_from_this<Show> {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// `grant`: of one that may speak whenever it wants to; else null. Throws Error as live::Session.
  Show(ShowOptions options, std::shared_ptr<const ServedAvatar> avatar, const Stagehands& hands,
       std::unique_ptr<Admission::Grant> grant);
  ~Show() override;

  const ShowOptions& options() const { return options_; }
  const ServedAvatar& avatar() const { return *avatar_; }
  ShowStatus status() const;

  /// What is said. Follow calls of it by Wake.
  SpeechQueue& speech() { return speech_; }
  void Wake() { hands_.pump->Wake(this); }
  live::Interrupted Interrupt(const std::optional<std::string>& utterance,
                              std::optional<live::Ticks> heard);
  /// A listener is so far.
  void Hear(const Playhead& playhead);
  /// Calls `done` once the utterance is finished, from another thread; with interrupted = true when
  /// the session ends before.
  void OnFinished(const std::string& utterance, std::function<void(const live::Finished&)> done);

  /// From its next turn on the viewer gets `ready` and what follows.
  void Join(const std::shared_ptr<Viewer>& viewer);
  void Leave(const Viewer* viewer);
  /// A viewer cannot go on without a key.
  void WantKey();
  /// Since when nobody sees it; none while somebody does.
  std::optional<Time> alone_since() const;

  /// Viewers part, nothing goes on. Whatever comes later is for nothing.
  void Close(const std::string& reason, int retry_after_s);
  bool is_closed() const { return closed_; }

  /// On the session's timeline.
  live::Ticks Now() const { return hands_.clock->Now() - origin_; }

  live::Ticks Turn() noexcept override;

 private:
  /// Adds what the session has done since the last time to the metrics.
  void Count();
  void Welcome(const std::vector<std::shared_ptr<Viewer>>& joining);
  void Handle(const live::Piece& piece);
  void Handle(const live::Started& started);
  void Handle(const live::Finished& finished);
  void Handle(const live::Flush& flush);
  void Handle(const live::Busy& busy);
  void Tell(const std::string& text);
  void TellOfNeverBegun();
  void TakeSettled();
  void AddMp4(const Settled& settled);
  void Deliver();
  bool HasViewers(Form form) const;
  bool HasAudience() const;  ///< With the mutex
  std::shared_ptr<const std::vector<uint8_t>> Mp4Packet(const std::vector<uint8_t>& bytes,
                                                        live::Ticks pts, uint8_t flags);

  const ShowOptions options_;
  const std::shared_ptr<const ServedAvatar> avatar_;
  const Stagehands hands_;
  const live::Ticks origin_;  ///< The clock's time at tick 0 of the timeline
  live::Session session_;
  SpeechQueue speech_;
  std::atomic<bool> closed_ = false;
  std::atomic<bool> wants_key_ = false;

  // Of the turns, which are one at a time.
  VideoTrack video_;
  std::optional<SettledTrack> settled_;               ///< While somebody takes it
  std::unique_ptr<Mp4Track> mp4_;                     ///< While somebody takes it
  std::array<std::vector<Outgoing>, kForms> coming_;  ///< Of this turn
  std::vector<Outgoing> cached_run_;  ///< Video since the last key, when it is of the cache
  live::SessionStats counted_;        ///< That are in the metrics
  uint32_t mp4_seq_ = 0;

  mutable std::mutex mutex_;
  std::vector<std::shared_ptr<Viewer>> joining_;  ///< This and what follows: by mutex_
  std::vector<std::shared_ptr<Viewer>> viewers_;
  Time alone_since_;
  std::map<std::string, std::vector<std::function<void(const live::Finished&)>>> waiting_;
  std::optional<Playhead> playhead_;
  Time playhead_time_;
};

}  // namespace mouthpiece::serve

#endif  // MOUTHPIECE_SERVE_SHOW_H_
