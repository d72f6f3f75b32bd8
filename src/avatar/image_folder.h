// Folders of N.jpg or N.png, the other form of a package's picture sequences.
#ifndef MOUTHPIECE_AVATAR_IMAGE_FOLDER_H_
#define MOUTHPIECE_AVATAR_IMAGE_FOLDER_H_

#include <filesystem>

#include "avatar/package.h"

namespace mouthpiece {

/// Lists root/name: images counted from 1 without gaps (image i+1 is frame i), none empty; other
/// files are ignored. The size is that of the first image. Throws Error (kBadMedia) naming the
/// first file that is missing or wrong.
PictureSource ReadImageFolder(const std::filesystem::path& root, const std::filesystem::path& name);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_AVATAR_IMAGE_FOLDER_H_
