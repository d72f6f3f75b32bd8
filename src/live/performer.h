// What a session needs of an avatar.
#ifndef MOUTHPIECE_LIVE_PERFORMER_H_
#define MOUTHPIECE_LIVE_PERFORMER_H_

#include <cstdint>
#include <span>

#include "mouthpiece/video_frame.h"

namespace mouthpiece::live {

/// Encodes windows of sound and paints mouths: a Stage, or what a test has instead. Thread-safe.
class Performer {
 public:
  virtual ~Performer() = default;

  /// Of frame `frame` of a session.
  virtual int AvatarFrame(int64_t frame) const = 0;
  /// Milliseconds of a core that a frame of speech takes.
  virtual double frame_ms() const = 0;
  /// Windows [n, 80, 16] to rows [n, 512]: each the same in any company.
  virtual void Encode(std::span<const float> windows, std::span<float> rows) = 0;
  /// The row of a window that is silence.
  virtual std::span<const float> silent_row() const = 0;
  /// The avatar's frame with the mouth of the window [16, 512].
  virtual VideoFrame Paint(int avatar_frame, std::span<const float> window) = 0;
  /// Whether PaintIdle is quick.
  virtual bool HasIdle(int avatar_frame) const = 0;
  /// The same for a window of silent rows.
  virtual VideoFrame PaintIdle(int avatar_frame) = 0;
};

}  // namespace mouthpiece::live

#endif  // MOUTHPIECE_LIVE_PERFORMER_H_
