// Which FFmpeg is loaded.
#ifndef MOUTHPIECE_MEDIA_FFMPEG_VERSION_H_
#define MOUTHPIECE_MEDIA_FFMPEG_VERSION_H_

#include <string>

namespace mouthpiece::media {

/// "5.1.8-0+deb12u1"
std::string FfmpegVersion();

}  // namespace mouthpiece::media

#endif  // MOUTHPIECE_MEDIA_FFMPEG_VERSION_H_
