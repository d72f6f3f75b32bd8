// A session as fragmented MP4.
#ifndef MOUTHPIECE_SERVE_MP4_TRACK_H_
#define MOUTHPIECE_SERVE_MP4_TRACK_H_

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "media/live_mp4.h"
#include "serve/settled_track.h"

namespace mouthpiece::serve {

/// Not thread-safe.
class Mp4Track {
 public:
  explicit Mp4Track(media::H264Headers headers) : headers_(std::move(headers)) {}

  /// The fragment of what has settled; empty before the first key. Throws Error.
  std::vector<uint8_t> Write(const Settled& settled);

  /// What comes before the first fragment; null until there is one.
  const std::vector<uint8_t>* init() const { return mp4_ == nullptr ? nullptr : &mp4_->init(); }

 private:
  const media::H264Headers headers_;
  std::unique_ptr<media::LiveMp4> mp4_;  ///< From the first key on
};

}  // namespace mouthpiece::serve

#endif  // MOUTHPIECE_SERVE_MP4_TRACK_H_
