// What a video file holds, found by reading its packets; decoded only where they leave it open.
#ifndef MOUTHPIECE_MEDIA_VIDEO_INDEX_H_
#define MOUTHPIECE_MEDIA_VIDEO_INDEX_H_

#include <cstdint>
#include <filesystem>
#include <vector>

#include "image/frame.h"
#include "media/source_properties.h"
#include "mouthpiece/types.h"

namespace mouthpiece {

struct VideoIndex {
  std::filesystem::path path;
  int width = 0;  ///< Upright, as VideoReader gives the pictures
  int height = 0;
  Rational frame_rate;  ///< At which the frames take as long as in the file
  ColorTags color;      ///< Of the pictures that VideoReader gives
  SourceProperties properties;
  /// What VideoReader maps to the standard range; never set by IndexVideo.
  DynamicRange mapped_range = DynamicRange::kStandard;
  /// Presentation time of each frame in display order, in the stream's time base; a frame's
  /// number is its position here. Its size is the frame count.
  std::vector<int64_t> times;
  /// Numbers of the frames at which decoding can start, ascending, from 0 on. What they give is
  /// what decoding all from the start gives.
  std::vector<int> keyframes;
  /// Time of the file's first packet, where decoding for frame 0 starts.
  int64_t start_time = 0;

  int frame_count() const { return static_cast<int>(times.size()); }
};

/// Reads all packets of the first video stream of `path`. Its frames are those that FFmpeg's
/// decoder gives: where an edit list hides some, or the first packets refer to ones that were cut
/// off, they are found by decoding. Throws Error (kBadMedia) that names the file when it is not a
/// video, holds no frame, or ends early.
VideoIndex IndexVideo(const std::filesystem::path& path);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_MEDIA_VIDEO_INDEX_H_
