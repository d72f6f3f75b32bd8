#include "media/ffmpeg_version.h"

#include "media/ffmpeg.h"

namespace mouthpiece::media {

std::string FfmpegVersion() { return av_version_info(); }

}  // namespace mouthpiece::media
