// Live pictures and sound on their way to a server of somebody's.
#ifndef MOUTHPIECE_MEDIA_LIVE_PUSH_H_
#define MOUTHPIECE_MEDIA_LIVE_PUSH_H_

#include <atomic>
#include <chrono>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "media/ffmpeg.h"
#include "media/h264_headers.h"
#include "media/live_encoder.h"
#include "media/live_sound.h"

namespace mouthpiece::media {

/// How long a connection may wait for its peer. Thread-safe.
class Patience {
 public:
  /// All that waits after End, goodbyes among it, has so long together.
  static constexpr std::chrono::milliseconds kGoodbye{400};

  /// From now on.
  void Give(std::chrono::milliseconds time) { until_ = Nanoseconds(Steady::now() + time); }
  /// Whatever is given later: no more than kGoodbye.
  void End() {
    int64_t never = kNever;
    end_.compare_exchange_strong(never, Nanoseconds(Steady::now() + kGoodbye));
  }
  bool is_over() const {
    const int64_t now = Nanoseconds(Steady::now());
    return now >= until_ || now >= end_;
  }

 private:
  using Steady = std::chrono::steady_clock;

  static constexpr int64_t kNever = std::numeric_limits<int64_t>::max();

  static int64_t Nanoseconds(Steady::time_point time) {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count();
  }

  std::atomic<int64_t> until_ = 0;
  std::atomic<int64_t> end_ = kNever;
};

/// Whether this FFmpeg can push to URLs of that scheme: rtmp, srt, rtsp, udp and no other.
bool CanPush(std::string_view scheme);

/// One connection: FLV over RTMP, an MPEG transport stream over SRT and UDP, RTSP over TCP. Nothing
/// but that protocol is used, whatever the peer answers. What waits ends when the patience is over
/// (but a look-up of a name, which the system does). Not thread-safe.
class LivePush {
 public:
  /// Connects. `patience` outlives this. Throws Error: kUnsupported, kIo; its text does not have
  /// the URL.
  LivePush(const std::string& url, const H264Headers& headers, const Patience& patience);
  /// Says goodbye, as far as the patience goes.
  ~LivePush();
  LivePush(const LivePush&) = delete;
  LivePush& operator=(const LivePush&) = delete;

  /// `duration` ticks from `pts` on, with a picture, or none where the one before stays, and with
  /// sound, then silence. The first has a key, at 2048 or later; what follows begins where the last
  /// ended or later, after silence. Throws Error (kIo): the connection is lost.
  void Write(const AccessUnit* unit, int64_t pts, int64_t duration, std::span<const int16_t> sound);

 private:
  struct CloseOutput {
    void operator()(AVFormatContext* context) const;
  };

  void Check(int status) const;
  void WriteSound(AVPacket& packet);

  const Patience& patience_;
  LiveSound sound_;
  PacketPtr packet_;
  std::unique_ptr<AVFormatContext, CloseOutput> output_;
  bool has_begun_ = false;  ///< So that the muxer wants to end
  int64_t end_ = 0;         ///< Of what was written; 0: nothing was
};

}  // namespace mouthpiece::media

#endif  // MOUTHPIECE_MEDIA_LIVE_PUSH_H_
