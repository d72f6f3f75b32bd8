// The video of one session: what was encoded once where nobody speaks, encoded live where one does.
#ifndef MOUTHPIECE_SERVE_VIDEO_TRACK_H_
#define MOUTHPIECE_SERVE_VIDEO_TRACK_H_

#include <cstdint>
#include <memory>
#include <optional>

#include "media/live_encoder.h"
#include "mouthpiece/live.h"
#include "serve/avatar_registry.h"
#include "serve/metrics.h"

namespace mouthpiece::serve {

/// Not thread-safe.
class VideoTrack {
 public:
  /// `bitrate`: most bits a second of speech; 0: as the idle video. `metrics` outlives it.
  VideoTrack(std::shared_ptr<const ServedAvatar> avatar, int64_t bitrate, Metrics& metrics);

  struct Shown {
    std::shared_ptr<const media::AccessUnit> unit;
    bool is_cached = false;
  };

  /// What shows the piece after the one before; none where the picture stays, as it does when the
  /// piece `is_over`, nothing has been encoded for it and no key is due. Throws Error.
  std::optional<Shown> Show(const live::Piece& piece, bool is_over);
  /// The next one is a key.
  void WantKey() { wants_key_ = true; }
  /// A piece that nobody sees: the next one is a key.
  void Skip();

 private:
  Shown Encode(const live::Piece& piece);

  const std::shared_ptr<const ServedAvatar> avatar_;
  media::LiveEncoderSettings settings_;
  Metrics& metrics_;
  std::optional<media::LiveEncoder> encoder_;  ///< While somebody speaks, and a little longer
  int64_t next_cached_ = -1;                   ///< The frame that may go on from the cache
  int cached_frames_ = 0;                      ///< Since the encoder was used
  int64_t last_key_ = 0;                       ///< Its frame
  bool wants_key_ = true;
};

}  // namespace mouthpiece::serve

#endif  // MOUTHPIECE_SERVE_VIDEO_TRACK_H_
