// The part of a video's pictures that QuickTime shows (ISO/IEC 14496-12, CleanApertureBox).
#ifndef MOUTHPIECE_MEDIA_CLEAN_APERTURE_H_
#define MOUTHPIECE_MEDIA_CLEAN_APERTURE_H_

#include <filesystem>
#include <optional>
#include <string>

namespace mouthpiece::media {

/// "180x140" of an MP4 file whose first video says that only so much of its pictures is to be
/// shown; nothing for one of `width` x `height`, one that says nothing, and what is no MP4 file.
std::optional<std::string> CleanApertureOf(const std::filesystem::path& path, int width,
                                           int height);

}  // namespace mouthpiece::media

#endif  // MOUTHPIECE_MEDIA_CLEAN_APERTURE_H_
