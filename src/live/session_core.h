// A session without its threads: speech in, pieces out, and the work in between.
#ifndef MOUTHPIECE_LIVE_SESSION_CORE_H_
#define MOUTHPIECE_LIVE_SESSION_CORE_H_

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "live/job_queue.h"
#include "live/performer.h"
#include "live/row_track.h"
#include "live/timeline.h"
#include "live/voice.h"
#include "mouthpiece/live.h"

namespace mouthpiece::live {

/// Behind a Session. Times are the session's own, from the beginning of its timeline, where they
/// are not said to be the clock's.
///
/// A frame is *settled* when what it shows cannot change any more but by an interrupt: its time
/// comes near, or it was given. Sound is placed where no settled frame would have heard it.
class SessionCore : public Worker, public std::enable_shared_from_this<SessionCore> {
 public:
  /// Throws Error (kInvalidArgument, kUnsupported) as Session does.
  SessionCore(std::shared_ptr<Performer> performer, std::shared_ptr<Scheduler::State> scheduler,
              std::shared_ptr<const Clock> clock, SessionOptions options);
  ~SessionCore() override;

  // session_core.cc: speech.
  Speaking Speak(const std::string& utterance, int rate);
  template <typename Sample>
  size_t Push(std::span<const Sample> samples);
  void End();
  bool is_open() const;
  Interrupted Interrupt(const std::optional<std::string>& utterance, std::optional<Ticks> heard);
  SessionStats stats() const;
  const SessionOptions& options() const { return options_; }

  // session_output.cc: what comes out.
  std::optional<Output> Poll();
  Ticks next_poll() const;
  std::optional<Output> Wait(std::chrono::milliseconds timeout);
  void Stop();
  /// Nothing is rendered any more.
  void Close();

  // session_work.cc
  void Work() override;

 private:
  using Lock = std::unique_lock<std::mutex>;

  // Speech.
  void EndOpen();
  bool IsVoiced() const;
  void Place(Sounds sounds);
  int64_t Earliest() const;
  Ticks Queued() const;
  void Invalidate(int64_t position);
  void FlushAt(Ticks at, Ticks now);

  // Output.
  Ticks Now() const { return clock_->Now() - origin_; }
  std::optional<Output> PollLocked();
  void Settle(Ticks now);
  std::optional<Output> FinishedBy(Ticks now);
  enum class Showing { kNotYet, kIdle, kSpeech, kSkipped };
  Showing ShowingOf(int64_t frame, Ticks now) const;
  std::optional<Output> GivePiece(Ticks now);
  std::optional<Output> Announce(Ticks end);
  Piece MakePiece(Ticks end, Showing showing);
  void LetGo(Ticks now);
  void GivePromiseBack();
  Ticks NextTime(Ticks now) const;

  // Work.
  int64_t RowEnd(int64_t frame) const { return frame + options_.lookahead + 1; }
  bool IsMade(int64_t frame) const { return rows_.IsMade(frame - kRowsBehind, RowEnd(frame)); }
  bool IsSilent(int64_t frame) const { return rows_.IsSilent(frame - kRowsBehind, RowEnd(frame)); }
  int64_t NextFrame() const { return (given_ + kFrameTicks - 1) / kFrameTicks; }
  /// Frames that are to be painted, the first ones.
  std::vector<int64_t> FramesToPaint(size_t most) const;
  /// Makes rows as far as their sound is known, and tells the scheduler of work for one more
  /// thread.
  void OfferWork();
  void Paint(Lock& lock, int64_t frame);
  void Encode(Lock& lock);
  void Fail(std::exception_ptr error);
  void Wake();

  const std::shared_ptr<Performer> performer_;
  const std::shared_ptr<Scheduler::State> scheduler_;
  const std::shared_ptr<const Clock> clock_;
  const SessionOptions options_;
  const Ticks origin_;  ///< When the timeline began, by the clock

  mutable std::mutex push_mutex_;  ///< Of those who speak; before mutex_
  std::optional<Voice> voice_;     ///< Of the open utterance; guarded by push_mutex_
  int64_t voiced_ = 0;             ///< Number of that utterance

  mutable std::mutex mutex_;  ///< All that follows
  std::condition_variable changed_;
  Timeline timeline_;
  RowTrack rows_;
  std::unique_ptr<Promise> promise_;
  std::deque<Output> events_;  ///< To be given before anything else
  uint32_t epoch_ = 0;
  uint32_t seq_ = 0;
  Ticks given_ = kFirstFrame * kFrameTicks;    ///< Where the next piece begins
  int64_t settled_ = kFirstFrame;              ///< Frames before it are
  Ticks flushed_ = kFirstFrame * kFrameTicks;  ///< Nothing before it can be taken back
  Ticks held_until_ = 0;                       ///< Frames before were left no time by an interrupt
  std::map<int64_t, VideoFrame> painted_;
  std::map<int64_t, int64_t> painting_;  ///< Frame -> number of the painting that is not void
  int64_t paintings_ = 0;
  int running_ = 0;                ///< Threads at work
  int offered_ = 0;                ///< And those that were asked for
  std::optional<RowBatch> batch_;  ///< Cut, and not being encoded yet
  bool is_full_ = false;
  bool is_closed_ = false;
  bool is_stopped_ = false;
  std::exception_ptr error_;
  SessionStats stats_;
};

}  // namespace mouthpiece::live

#endif  // MOUTHPIECE_LIVE_SESSION_CORE_H_
