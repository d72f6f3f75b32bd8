// An avatar that listens and speaks on one endless timeline.
#ifndef MOUTHPIECE_LIVE_H_
#define MOUTHPIECE_LIVE_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "mouthpiece/avatar.h"
#include "mouthpiece/export.h"
#include "mouthpiece/live_clock.h"
#include "mouthpiece/options.h"
#include "mouthpiece/video_frame.h"

namespace mouthpiece::live {

/// The first frame of every session: what lies before it is silence that nobody saw, so that the
/// first windows of the network are whole. Frame f of a session is frame f of a render of the same
/// sound, and shows the same frame of the avatar.
inline constexpr int64_t kFirstFrame = 8;

struct SchedulerOptions {
  /// Frames that are rendered at the same time, a thread each. 0: one a core. -1: none by itself,
  /// for tests: RunOne() is called instead.
  int threads = 0;
  /// Frames of one session that are rendered at the same time.
  int most_of_a_session = 2;
  /// Of the cores' time, what may be promised to sessions that speak.
  double budget = 0.8;
};

/// What a scheduler has done and has before it.
struct SchedulerStats {
  int64_t frames = 0;  ///< Rendered, those of idle caches among them
  int running = 0;     ///< Frames that are rendered now
  int sessions = 0;    ///< That are open
  int promised = 0;    ///< Sessions to which time is promised
  double load = 0;     ///< What was promised, as a share of what may be
};

/// The threads that render for all sessions: one frame at a time each, the one that is needed
/// first; idle caches are filled when nothing else is to be done. Thread-safe; outlives its stages
/// and sessions, which keep it.
class MOUTHPIECE_EXPORT Scheduler {
 public:
  explicit Scheduler(const SchedulerOptions& options = {});
  /// Ends the threads after the frames that they are at.
  ~Scheduler();
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;

  /// Frames that are rendered at the same time; with threads = -1: 1.
  int cores() const;
  /// Whether one more session that speaks, of an avatar whose frame costs `frame_ms`, would leave
  /// all others in time: 25 x the cost of all <= budget x cores.
  bool HasRoomFor(double frame_ms) const;
  SchedulerStats stats() const;
  /// Renders the frame that is needed first, in the caller's thread; false when there is none.
  bool RunOne();

  struct MOUTHPIECE_HIDDEN State;
  const std::shared_ptr<State>& state() const { return state_; }

 private:
  struct MOUTHPIECE_HIDDEN Threads;
  std::shared_ptr<State> state_;
  std::unique_ptr<Threads> threads_;
};

struct StageOptions {
  /// `cache` is kAuto or kRam: every frame is in memory. `memory_budget` bounds the frames and the
  /// idle cache. `batch` and `threads` are the scheduler's business and not used.
  Machine machine = {};
  LoopMode loop = LoopMode::kPingPong;  ///< kPingPong or kRepeat
  Resample resample = Resample::kLinear;
};

/// An avatar made ready to speak: its network, audio encoder and frames, and the idle cache: the
/// mouth that the network gives each of its frames in silence. Shared by any number of sessions;
/// thread-safe.
class MOUTHPIECE_EXPORT Stage {
 public:
  /// Loads, and measures what a frame costs; returns before all frames are decoded and before the
  /// idle cache is full. Throws Error: kBadPackage when it has no audio encoder, kUnsupported when
  /// its video has not 25 frames a second, kInvalidArgument when the memory budget is too small,
  /// and as Renderer does.
  Stage(std::shared_ptr<const Avatar> avatar, std::shared_ptr<Scheduler> scheduler,
        const StageOptions& options = {});
  ~Stage();
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;

  const std::shared_ptr<const Avatar>& avatar() const;
  const std::shared_ptr<Scheduler>& scheduler() const;

  /// Bytes that it holds or will hold: frames, idle cache, networks (their files' sizes).
  uint64_t bytes() const;
  /// Frames of the idle cache that are made; there are avatar()->frame_count().
  int idle_frames() const;
  /// Milliseconds of one core that a frame of speech takes, as measured so far: features, network,
  /// compositing.
  double frame_ms() const;

  /// The avatar's frame that frame `frame` >= 0 of a session shows.
  int AvatarFrame(int64_t frame) const;
  /// The picture of an idle frame, 0 <= avatar_frame < frame_count(): waits for a decoder and
  /// renders when the cache has not got it. Throws Error.
  VideoFrame IdlePicture(int avatar_frame) const;

  struct MOUTHPIECE_HIDDEN State;
  const std::shared_ptr<State>& state() const { return state_; }

 private:
  const std::shared_ptr<Scheduler> scheduler_;
  std::shared_ptr<State> state_;
};

/// When a session takes its share of the scheduler's time.
enum class Admission {
  kAtOpen,    ///< It speaks whenever it wants to; Session throws when there is no room
  kAtSpeech,  ///< While an utterance lasts: Speak says kRefused when there is no room
  kNever,     ///< It takes what there is, and makes others late
};

struct SessionOptions {
  /// Rows of features after a frame's own that are waited for, 0 to 7; the last one stands for
  /// those that are not. 7 is what `mouthpiece render` does; each one less saves 40 ms between a
  /// sound and its being heard, and costs anticipation of the lips.
  int lookahead = 7;
  /// Pieces are given up to this long before their time.
  Ticks ahead = Milliseconds(140);
  /// So long before its time it is settled what a frame shows: sound that comes later is placed
  /// later. Idle frames are given then. At most `ahead`.
  Ticks settled_ahead = Milliseconds(80);
  /// A frame that is not ready so long before its time is skipped.
  Ticks late = Milliseconds(10);
  /// Sound that begins is placed so much later than it could be, so that what follows may come a
  /// little late.
  Ticks margin = Milliseconds(60);
  /// Frames that are rendered before their time comes, at most.
  int most_rendered_ahead = 8;
  /// Of sound that waits to be given.
  Ticks most_queued = Milliseconds(60000);
  /// Whether idle pieces bring their picture. Without, they cost nothing, and Stage::IdlePicture
  /// has it.
  bool idle_pictures = true;
  Admission admission = Admission::kAtOpen;
  /// Called by any thread when Poll may have something before next_poll(), or room for sound has
  /// come. It must neither call the session nor wait.
  std::function<void()> wake = {};
};

/// The picture and the sound of one interval of the timeline.
struct Piece {
  uint32_t epoch = 0;    ///< Counts interrupts
  uint32_t seq = 0;      ///< Counts pieces of the session
  Ticks pts = 0;         ///< When it begins
  Ticks duration = 0;    ///< kFrameTicks; less for what is left of a frame after an interrupt
  int64_t frame = 0;     ///< pts / kFrameTicks
  int avatar_frame = 0;  ///< That it shows
  bool idle = false;     ///< All silence: the picture is Stage::IdlePicture(avatar_frame)
  /// The frame was late, or is what is left of one after an interrupt: what was shown stays.
  bool skipped = false;
  bool first = false;          ///< Holds the first sample of an utterance
  bool last = false;           ///< Holds the last one that is given of an utterance
  std::vector<int16_t> sound;  ///< `duration` samples of 48 kHz; empty: silence
  VideoFrame picture;          ///< None when it was skipped, and when idle as the options say
};

/// The first sample of an utterance is in the next piece.
struct Started {
  std::string utterance;
  Ticks pts = 0;  ///< Of that sample
};

/// Exactly one an utterance, once its last sample was played: the clock has passed it.
struct Finished {
  std::string utterance;
  Ticks played = 0;  ///< Samples of 48 kHz of it that were heard; 48 are a millisecond
  bool interrupted = false;
};

/// All pieces of older epochs are void from `pts` on; those that follow begin there.
struct Flush {
  uint32_t epoch = 0;
  Ticks pts = 0;
};

/// Push has no room any more. Comes once until there is room again.
struct Busy {
  Ticks queued = 0;
};

using Output = std::variant<Piece, Started, Finished, Flush, Busy>;

/// What an interrupt cut off.
struct Interrupted {
  std::string utterance;  ///< The one that was being heard; empty: none
  Ticks played = 0;       ///< Of it
  uint32_t epoch = 0;     ///< From now on
};

/// What has become of a session so far.
struct SessionStats {
  uint32_t epoch = 0;
  std::string utterance;        ///< The one that is being heard; empty: none
  Ticks played = 0;             ///< Of it
  Ticks queued = 0;             ///< Sound that waits to be given
  int64_t speaking_frames = 0;  ///< Given, of those that were not idle
  int64_t idle_frames = 0;
  int64_t late_frames = 0;  ///< Skipped since they were not ready
  int64_t held_frames = 0;  ///< Skipped since an interrupt left no time for them
  int64_t gaps = 0;         ///< Times that silence was put where speech had not come in time
  Ticks gap_ticks = 0;      ///< Together
  uint64_t bytes = 0;       ///< Of sound, features and pictures that it holds
};

enum class Speaking {
  kYes,
  kRefused,  ///< No room (Admission::kAtSpeech)
};

/// One avatar that listens and speaks to somebody, on one timeline without an end: where nobody
/// speaks there is silence, of which the pictures come from the idle cache. The frames are those of
/// `mouthpiece render` of the timeline's sound, bit for bit (lookahead 7; docs/live.md says what
/// sound that is for other rates than 16 kHz).
///
/// Sound is the master: what is said is placed on the timeline, frame after frame is settled when
/// its time comes near, and a picture that is not ready in time is skipped. Sound that an open
/// utterance has not brought in time is placed later, after silence.
///
/// Thread-safe. One thread polls, at next_poll() at the latest; nothing goes on while nobody does.
class MOUTHPIECE_EXPORT Session {
 public:
  /// The timeline begins now. Throws Error: kInvalidArgument for options out of range,
  /// kUnsupported when the scheduler has no room (Admission::kAtOpen).
  Session(std::shared_ptr<Stage> stage, std::shared_ptr<const Clock> clock,
          SessionOptions options = {});
  /// Drops all; frames that are being rendered are not waited for. Pictures that were given stay
  /// valid.
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  /// Opens an utterance, which is heard after those before it. One that is open is ended. `rate`:
  /// 1000 to 768000 samples a second. Throws Error (kInvalidArgument), also for the name of one
  /// that is not finished.
  Speaking Speak(const std::string& utterance, int rate);
  /// Mono samples of the open utterance, in pieces of any size, as fast as they come; full scale at
  /// -1 and 1, what is no number counts as silence. Returns how many it took: fewer than there are
  /// when most_queued would be exceeded; the rest is to be pushed again. Throws Error
  /// (kInvalidArgument) without an open utterance, and for samples over 100.
  size_t Push(std::span<const float> samples);
  /// The same of 16 bits.
  size_t Push(std::span<const int16_t> samples);
  /// The open utterance is complete. Nothing when none is open.
  void End();
  /// Whether an utterance is open.
  bool is_open() const;

  /// Cuts off what is said and drops what was to be said: of `utterance`, or of all. What was heard
  /// is what the clock has passed, or, where a listener tells how far it is, what `heard` has, not
  /// more than half a second ago. The sound fades in 5 ms. All pieces from there on are given anew,
  /// under the next epoch. When nothing of it was given yet, or there is nothing, the epoch stays.
  Interrupted Interrupt(const std::optional<std::string>& utterance = std::nullopt,
                        std::optional<Ticks> heard = std::nullopt);

  /// What comes next, if its time has come. Throws Error, once, what went wrong in rendering: the
  /// session is over then.
  std::optional<Output> Poll();
  /// When to poll again: the clock's time at which Poll has something at the latest.
  Ticks next_poll() const;
  /// Waits for what comes next, by a clock that runs (SteadyClock); none after `timeout`, or after
  /// Stop. For the thread that polls.
  std::optional<Output> Wait(std::chrono::milliseconds timeout);
  /// Ends waiting, now and from now on.
  void Stop();

  const std::shared_ptr<Stage>& stage() const;
  const SessionOptions& options() const;
  SessionStats stats() const;

 private:
  struct MOUTHPIECE_HIDDEN State;
  std::unique_ptr<State> state_;
};

}  // namespace mouthpiece::live

#endif  // MOUTHPIECE_LIVE_H_
