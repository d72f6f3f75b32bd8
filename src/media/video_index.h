// What a video file holds, found by reading its packets, without decoding.
#ifndef MOUTHPIECE_MEDIA_VIDEO_INDEX_H_
#define MOUTHPIECE_MEDIA_VIDEO_INDEX_H_

#include <cstdint>
#include <filesystem>
#include <vector>

#include "image/frame.h"
#include "mouthpiece/types.h"

namespace mouthpiece {

struct VideoIndex {
  std::filesystem::path path;
  int width = 0;
  int height = 0;
  Rational frame_rate;
  ColorTags color;
  /// Presentation time of each frame in display order, in the stream's time base; a frame's
  /// number is its position here. Its size is the frame count.
  std::vector<int64_t> times;
  /// Frame numbers of the keyframes, ascending; decoding can start at each of them.
  std::vector<int> keyframes;

  int frame_count() const { return static_cast<int>(times.size()); }
};

/// Reads all packets of the first video stream of `path`. Throws Error (kBadMedia) that names the
/// file when it is not a video, holds no frame, does not start with a keyframe, or ends early.
VideoIndex IndexVideo(const std::filesystem::path& path);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_MEDIA_VIDEO_INDEX_H_
