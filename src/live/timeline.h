// What is said, and when: utterances on one endless line of silence.
#ifndef MOUTHPIECE_LIVE_TIMELINE_H_
#define MOUTHPIECE_LIVE_TIMELINE_H_

#include <cstdint>
#include <deque>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "live/voice.h"
#include "mouthpiece/live_clock.h"

namespace mouthpiece::live {

/// Positions are samples of 16 kHz from the beginning of the timeline, where they are not ticks.
inline constexpr int64_t kForever = std::numeric_limits<int64_t>::max() / kSampleTicks;

/// Sound that is cut off fades in 5 ms.
inline constexpr int64_t kFadeSamples = 80;

/// Something that is said. Utterances are in the order in which they were opened.
struct Utterance {
  std::string name;
  int64_t number = 0;
  bool is_open = true;
  bool is_placed = false;     ///< Has sound on the timeline
  bool is_announced = false;  ///< Its first sample was given
  int64_t begin = 0;
  Ticks end = 0;    ///< Of its sound so far
  Ticks sound = 0;  ///< So far, without gaps
};

/// The sound of a session. What lies behind the end of an open utterance is not known yet;
/// elsewhere there is silence. Not thread-safe.
class Timeline {
 public:
  const std::deque<Utterance>& utterances() const { return utterances_; }
  std::deque<Utterance>& utterances() { return utterances_; }
  /// Null when none is open.
  const Utterance* open() const;

  /// None is open.
  void Open(std::string name);
  /// Sound for the open utterance: after what it has, or, if it is the first, after all other
  /// utterances and not before `earliest`. Returns whether it was the first.
  bool Append(Sounds sounds, int64_t earliest);
  void Close();
  /// The open utterance, which is placed, goes on at `position`, which is not before known_end().
  void Gap(int64_t position);
  /// Takes what lies at `cut` and later from an utterance, and what fades from there on stays.
  /// Those after it follow, not before `earliest`. Returns the first position at which something
  /// changed. It is gone if nothing of it is left.
  int64_t Cut(int64_t number, int64_t cut, int64_t earliest);
  /// Forgets the first utterance, whose sound stays.
  void Forget() { utterances_.pop_front(); }

  /// Of an utterance before a position: without gaps.
  Ticks PlayedUntil(const Utterance& utterance, Ticks until) const;
  /// What comes before is final.
  int64_t known_end() const;
  /// Where its last sound ends so far; 0 without any.
  int64_t end() const { return end_; }

  bool HasSound(int64_t begin, int64_t end) const;
  void Hear(int64_t begin, std::span<float> samples) const;
  /// False when there is none: `samples` are zeros then.
  bool Play(Ticks begin, std::span<int16_t> samples) const;

  /// Drops sound that will not be asked for any more.
  void LetGoBefore(int64_t position);
  uint64_t bytes() const;

 private:
  /// Unbroken sound of one utterance.
  struct Stretch {
    int64_t number = 0;
    int64_t begin = 0;
    std::vector<float> heard;
    std::vector<int16_t> played;

    int64_t end() const { return begin + static_cast<int64_t>(heard.size()); }
  };

  std::deque<Utterance> utterances_;
  std::deque<Stretch> stretches_;  ///< Ascending, without overlap
  int64_t opened_ = 0;
  int64_t end_ = 0;
};

}  // namespace mouthpiece::live

#endif  // MOUTHPIECE_LIVE_TIMELINE_H_
