// H.264 that is seen as it is made.
#ifndef MOUTHPIECE_MEDIA_LIVE_ENCODER_H_
#define MOUTHPIECE_MEDIA_LIVE_ENCODER_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "image/frame.h"
#include "image/image.h"
#include "media/ffmpeg.h"
#include "media/h264_headers.h"

namespace mouthpiece::media {

struct LiveEncoderSettings {
  int width = 0;   ///< Even
  int height = 0;  ///< Even
  ColorTags color;
  int64_t bitrate = 0;  ///< Most bits a second; 0: by the size of the pictures
  /// Takes three quarters of the time for a fifth more bits. The headers are the same, so that one
  /// stream may follow the other at a key.
  bool quick = false;
};

/// All that a decoder needs of one picture.
struct AccessUnit {
  std::vector<uint8_t> bytes;  ///< Annex B; a key has its parameter sets in front
  bool key = false;            ///< Nothing before it is needed
};

/// One picture in, its access unit out: no picture waits for another. 25 frames a second; a key
/// every two seconds at the latest. No access unit is larger than what a quarter of a second may
/// have. Not thread-safe.
class LiveEncoder {
 public:
  /// Throws Error: kUnsupported without libx264, and for pictures of an odd size.
  explicit LiveEncoder(const LiveEncoderSettings& settings);

  /// `picture` is of the size and the colour of the settings. Throws Error (kInternal).
  AccessUnit Encode(const ConstPictureView& picture, bool key);

 private:
  CodecContextPtr context_;
  FramePtr frame_;
  PacketPtr packet_;
  int64_t frames_ = 0;
};

/// The headers of the key; throws Error (kUnsupported) when a decoder would hold frames of that
/// stream back.
H264Headers LiveHeadersOf(const AccessUnit& key);

}  // namespace mouthpiece::media

#endif  // MOUTHPIECE_MEDIA_LIVE_ENCODER_H_
