// A session as fragmented MP4, of which nothing is ever taken back.
#ifndef MOUTHPIECE_SERVE_MP4_TRACK_H_
#define MOUTHPIECE_SERVE_MP4_TRACK_H_

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "media/live_mp4.h"
#include "mouthpiece/live.h"

namespace mouthpiece::serve {

/// Holds pieces back until their time has passed, so that an interrupt meets none that was given
/// away. Not thread-safe.
class Mp4Track {
 public:
  explicit Mp4Track(media::H264Headers headers) : headers_(std::move(headers)) {}

  /// `unit` shows the piece; null: the picture before it stays. The first that counts is a key.
  void Add(const live::Piece& piece, std::shared_ptr<const media::AccessUnit> unit);
  /// What begins at `pts` or later, and what of others lies behind it, is void.
  void Flush(live::Ticks pts);

  struct Fragment {
    std::vector<uint8_t> bytes;
    bool key = false;
    live::Ticks pts = 0;
  };
  /// The fragments of what has passed at `now`. Throws Error.
  std::vector<Fragment> Take(live::Ticks now);
  /// When Take has something at the latest; none when nothing waits.
  std::optional<live::Ticks> due() const;

  /// What comes before the first fragment; null until there is one.
  const std::vector<uint8_t>* init() const { return mp4_ == nullptr ? nullptr : &mp4_->init(); }

 private:
  struct Waiting {
    live::Ticks pts = 0;
    live::Ticks duration = 0;
    std::shared_ptr<const media::AccessUnit> unit;
    std::vector<int16_t> sound;
  };

  Fragment Write(Waiting& waiting);

  const media::H264Headers headers_;
  std::unique_ptr<media::LiveMp4> mp4_;  ///< From the first key on
  std::deque<Waiting> waiting_;
  live::Ticks end_ = 0;  ///< Of what was written
};

}  // namespace mouthpiece::serve

#endif  // MOUTHPIECE_SERVE_MP4_TRACK_H_
