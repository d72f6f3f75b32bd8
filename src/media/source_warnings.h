// What is to be said of a video before it is used.
#ifndef MOUTHPIECE_MEDIA_SOURCE_WARNINGS_H_
#define MOUTHPIECE_MEDIA_SOURCE_WARNINGS_H_

#include <string>
#include <vector>

#include "media/video_index.h"

namespace mouthpiece {

/// What the viewer sees, or what the network does: of the latter neither time nor the colours' tags
/// count.
enum class PictureUse { kShown, kFace };

/// One line, which names the file, for each of its properties that is not carried to the output or
/// changes what is seen.
std::vector<std::string> WarningsOf(const VideoIndex& video, PictureUse use);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_MEDIA_SOURCE_WARNINGS_H_
