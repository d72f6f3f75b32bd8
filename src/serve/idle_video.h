// An avatar that listens, encoded once.
#ifndef MOUTHPIECE_SERVE_IDLE_VIDEO_H_
#define MOUTHPIECE_SERVE_IDLE_VIDEO_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "media/live_encoder.h"
#include "mouthpiece/live.h"

namespace mouthpiece::serve {

/// The planes of a picture that lives as long as `frame`.
ConstPictureView ViewOf(const VideoFrame& frame, ColorRange range);

/// The idle walk of an avatar as access units, made in the background: whoever wants a frame that
/// is not there encodes it. Thread-safe.
class IdleVideo {
 public:
  /// A key every so many frames of the walk: so soon may speech be followed by what was encoded.
  static constexpr int kFramesAKey = 12;

  IdleVideo(std::shared_ptr<const live::Stage> stage, const media::LiveEncoderSettings& settings);
  ~IdleVideo();
  IdleVideo(const IdleVideo&) = delete;
  IdleVideo& operator=(const IdleVideo&) = delete;

  /// Frames after which the walk repeats.
  int64_t period() const { return period_; }
  /// Whether frame `frame` >= 0 of a session would be a key.
  bool IsKey(int64_t frame) const { return frame % period_ % kFramesAKey == 0; }
  /// What shows it after the one before, or after anything when it is a key; null when it is not
  /// made yet.
  std::shared_ptr<const media::AccessUnit> At(int64_t frame) const;

  uint64_t bytes() const { return bytes_; }
  bool is_whole() const { return made_ == static_cast<int64_t>(runs_.size()); }

 private:
  /// From a key up to before the next.
  using Run = std::vector<std::shared_ptr<const media::AccessUnit>>;

  void Fill(const std::stop_token& stop);
  std::shared_ptr<const Run> Encode(int64_t first, media::LiveEncoder& encoder,
                                    const std::stop_token& stop);

  const std::shared_ptr<const live::Stage> stage_;
  const media::LiveEncoderSettings settings_;
  const int64_t period_;
  mutable std::mutex mutex_;
  std::vector<std::shared_ptr<const Run>> runs_;  ///< By mutex; null: not made
  std::atomic<int64_t> made_ = 0;
  std::atomic<uint64_t> bytes_ = 0;
  std::jthread filler_;
};

}  // namespace mouthpiece::serve

#endif  // MOUTHPIECE_SERVE_IDLE_VIDEO_H_
