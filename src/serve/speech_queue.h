// What is to be said, in order, until the session has room for it.
#ifndef MOUTHPIECE_SERVE_SPEECH_QUEUE_H_
#define MOUTHPIECE_SERVE_SPEECH_QUEUE_H_

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "mouthpiece/live.h"
#include "mouthpiece/options.h"
#include "serve/admission.h"

namespace mouthpiece::serve {

/// An utterance on its way; who sends it keeps it. The queue's mutex guards all but `dropped`.
struct Incoming {
  explicit Incoming(std::string utterance) : name(std::move(utterance)) {}

  const std::string name;
  std::atomic<bool> dropped = false;  ///< Cut off or refused: what still comes is for nothing
  int rate = 0;                       ///< 0: not known yet, what follows waits for it
  std::deque<Samples> pieces = {};
  size_t taken = 0;  ///< Samples of the first piece that the session has
  bool ended = false;
  bool begun = false;  ///< The session knows it
};

/// What became of an utterance that the session never heard of.
struct NeverBegun {
  std::string name;
  std::string code;     ///< Of an `error`; empty: cut off
  std::string message;  ///< Of an `error`
};

/// Feeds a session. Utterances are heard in the order in which they were opened, each as soon as
/// the one before it is complete. Thread-safe.
class SpeechQueue {
 public:
  static constexpr size_t kMostUtterances = 64;
  /// Of sound that waits; one whole file may be more.
  static constexpr size_t kMostBytes = size_t{64} << 20;
  /// Who pushes should wait while more of his wait here.
  static constexpr size_t kManyBytes = size_t{4} << 20;

  /// `session` outlives it. `grant`: what was promised to the session for good, or null: it asks
  /// for each time that it speaks.
  SpeechQueue(live::Session& session, Admission& admission,
              std::unique_ptr<Admission::Grant> grant);

  /// Opens an utterance. `rate` 0: its sound is not there yet. Throws Error (kInvalidArgument) for
  /// a name that is in use, kUnsupported when too many wait.
  std::shared_ptr<Incoming> Open(const std::string& name, int rate);
  /// Says at which rate it comes.
  void SetRate(Incoming& incoming, int rate);
  /// Throws Error (kUnsupported) when too much waits.
  void Push(Incoming& incoming, Samples samples);
  void End(Incoming& incoming);
  /// It will not come, for a reason.
  void Fail(Incoming& incoming, const std::string& code, const std::string& message);

  /// Drops what waits and interrupts the session.
  live::Interrupted Interrupt(const std::optional<std::string>& utterance,
                              std::optional<live::Ticks> heard);

  /// Makes sure of room for one who speaks, whose frames cost `frame_ms`; false when there is none.
  bool Reserve(double frame_ms);
  /// Gives the session what it has room for. Throws Error as Session does.
  void Feed(double frame_ms);
  /// The session has nothing to say: what was promised is given back.
  void BeSilent();
  /// The session has finished it; what was promised is given back if it was the last.
  void Forget(const std::string& name);

  /// Those that were dropped before they began, since the last call.
  std::vector<NeverBegun> TakeNeverBegun();
  size_t bytes() const;
  /// Of one.
  size_t bytes(const Incoming& incoming) const;
  /// Utterances that are not finished.
  size_t unfinished() const;
  /// When the session got the first samples of an utterance that nothing else was heard before,
  /// once.
  std::optional<std::chrono::steady_clock::time_point> TakeBeginning();

 private:
  bool FeedFront(Incoming& incoming, double frame_ms);
  void Drop(Incoming& incoming, const std::string& code, const std::string& message);
  void GiveGrantBack();

  live::Session& session_;
  Admission& admission_;
  const bool keeps_grant_;
  mutable std::mutex mutex_;
  std::unique_ptr<Admission::Grant> grant_;  ///< This and what follows: by mutex_
  std::deque<std::shared_ptr<Incoming>> waiting_;
  std::vector<std::string> begun_;  ///< That are not finished
  std::vector<NeverBegun> never_begun_;
  size_t bytes_ = 0;
  std::optional<std::chrono::steady_clock::time_point> beginning_;
};

}  // namespace mouthpiece::serve

#endif  // MOUTHPIECE_SERVE_SPEECH_QUEUE_H_
