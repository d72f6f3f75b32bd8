// Time as live sessions count it.
#ifndef MOUTHPIECE_LIVE_CLOCK_H_
#define MOUTHPIECE_LIVE_CLOCK_H_

#include <atomic>
#include <cstdint>
#include <memory>

#include "mouthpiece/export.h"

namespace mouthpiece::live {

/// A time or a length of time: samples of 48 kHz.
using Ticks = int64_t;

inline constexpr int kTickRate = 48000;
/// A frame of the 25 a second.
inline constexpr Ticks kFrameTicks = 1920;

constexpr Ticks Milliseconds(int64_t ms) { return ms * (kTickRate / 1000); }

/// Tells the time. Thread-safe; never goes back.
class MOUTHPIECE_EXPORT Clock {
 public:
  virtual ~Clock();
  virtual Ticks Now() const = 0;
};

/// The machine's steady clock.
MOUTHPIECE_EXPORT std::shared_ptr<const Clock> SteadyClock();

/// A clock that stands until it is moved.
class VirtualClock : public Clock {
 public:
  explicit VirtualClock(Ticks now = 0) : now_(now) {}
  Ticks Now() const override { return now_; }
  void Advance(Ticks ticks) { now_ += ticks; }

 private:
  std::atomic<Ticks> now_;
};

}  // namespace mouthpiece::live

#endif  // MOUTHPIECE_LIVE_CLOCK_H_
