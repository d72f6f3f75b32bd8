// Fragmented MP4 without an end.
#ifndef MOUTHPIECE_MEDIA_LIVE_MP4_H_
#define MOUTHPIECE_MEDIA_LIVE_MP4_H_

#include <cstdint>
#include <span>
#include <vector>

#include "media/ffmpeg.h"
#include "media/h264_headers.h"
#include "media/live_encoder.h"
#include "media/live_sound.h"

namespace mouthpiece::media {

/// Access units and sound of 48 kHz become fragments that players take as they come: H.264 and AAC,
/// 48,000 ticks a second. A player may begin with any fragment that begins with a key, after
/// init(). Not thread-safe.
class LiveMp4 {
 public:
  /// Time goes on from `start` ticks, at least 2048. Throws Error (kInternal).
  LiveMp4(const H264Headers& headers, int64_t start);
  ~LiveMp4();
  LiveMp4(const LiveMp4&) = delete;
  LiveMp4& operator=(const LiveMp4&) = delete;

  /// What comes before the first fragment.
  const std::vector<uint8_t>& init() const { return init_; }
  /// The fragment of the next `duration` ticks: a picture, or none where the one before stays, and
  /// `duration` samples; none of them are silence. May be empty.
  std::vector<uint8_t> Write(const AccessUnit* unit, int64_t duration,
                             std::span<const int16_t> sound);
  /// "video/mp4; codecs=..."
  static std::string TypeOf(const H264Headers& headers);

 private:
  struct FreeOutput {
    void operator()(AVFormatContext* context) const;
  };

  /// `Byte` is what avio_alloc_context wants: const since FFmpeg 7.
  template <typename Byte>
  static int Take(void* self, Byte* bytes, int size);
  void OpenOutput(const H264Headers& headers);

  std::vector<uint8_t> written_;  ///< By the muxer, not yet taken
  std::vector<uint8_t> init_;
  LiveSound sound_;
  PacketPtr packet_;
  std::unique_ptr<AVFormatContext, FreeOutput> output_;
  int64_t time_;        ///< When the next fragment begins
  bool is_gap_ = true;  ///< The next picture does not begin where one ended
};

}  // namespace mouthpiece::media

#endif  // MOUTHPIECE_MEDIA_LIVE_MP4_H_
