// AAC that is heard as it is made.
#ifndef MOUTHPIECE_MEDIA_LIVE_SOUND_H_
#define MOUTHPIECE_MEDIA_LIVE_SOUND_H_

#include <cstdint>
#include <functional>
#include <span>

#include "media/ffmpeg.h"

namespace mouthpiece::media {

/// One track of mono sound of 48 kHz without a gap, whose ticks are its samples. Not thread-safe.
class LiveSound {
 public:
  /// Throws Error: kUnsupported, kInternal.
  LiveSound();

  const AVCodecContext& encoder() const { return *encoder_; }
  /// The first sample will be that of `start`, at least 2048. Once, before Write.
  void Begin(int64_t start) { time_ = start - encoder_->initial_padding; }
  /// The next `duration` samples: `sound`, then silence. `take` gets each packet that is complete,
  /// its times in ticks; what it leaves of it is dropped. Throws Error, and as `take` does.
  void Write(std::span<const int16_t> sound, int64_t duration,
             const std::function<void(AVPacket&)>& take);

 private:
  void Encode(const std::function<void(AVPacket&)>& take);

  CodecContextPtr encoder_;
  FramePtr frame_;  ///< Filled up to size_
  PacketPtr packet_;
  int64_t time_ = 0;  ///< When the next packet begins
  int size_ = 0;
};

}  // namespace mouthpiece::media

#endif  // MOUTHPIECE_MEDIA_LIVE_SOUND_H_
