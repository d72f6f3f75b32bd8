// The outer structure of an MP4 file: boxes, one after the other (ISO/IEC 14496-12).
#ifndef MOUTHPIECE_AVATAR_MP4_BOXES_H_
#define MOUTHPIECE_AVATAR_MP4_BOXES_H_

#include <filesystem>

namespace mouthpiece {

/// Throws Error (kBadMedia) unless `path` is an MP4 file whose boxes are all there to their ends.
/// Reads a few bytes a box. To be called before FFmpeg guesses what a file is: among the formats
/// that it knows are still images, and text files that name further files to open.
void RequireWholeMp4(const std::filesystem::path& path);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_AVATAR_MP4_BOXES_H_
