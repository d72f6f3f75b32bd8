// A session of which nothing is ever taken back.
#ifndef MOUTHPIECE_SERVE_SETTLED_TRACK_H_
#define MOUTHPIECE_SERVE_SETTLED_TRACK_H_

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "media/live_encoder.h"
#include "mouthpiece/live.h"

namespace mouthpiece::serve {

/// An interval that has passed.
struct Settled {
  live::Ticks gap = 0;  ///< Since the one before: silence, and its picture stays
  live::Ticks pts = 0;
  live::Ticks duration = 0;                       ///< At least 1
  std::shared_ptr<const media::AccessUnit> unit;  ///< Null: the picture before it stays
  std::vector<int16_t> sound;  ///< At most `duration` samples; what is missing is silence
};

/// Holds pieces back until their time has passed, so that an interrupt meets none that was given
/// away. Not thread-safe.
class SettledTrack {
 public:
  /// `unit` shows the piece; null: the picture before it stays. The first that counts is a key.
  void Add(const live::Piece& piece, std::shared_ptr<const media::AccessUnit> unit);
  /// What begins at `pts` or later, and what of others lies behind it, is void.
  void Flush(live::Ticks pts);
  /// What has passed at `now`, in order.
  std::vector<Settled> Take(live::Ticks now);
  /// When Take has something at the latest; none when nothing waits.
  std::optional<live::Ticks> due() const;

 private:
  std::deque<Settled> waiting_;
  std::optional<live::Ticks> end_;  ///< Of what was taken
};

}  // namespace mouthpiece::serve

#endif  // MOUTHPIECE_SERVE_SETTLED_TRACK_H_
