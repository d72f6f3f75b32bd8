// Folders of pictures, the other form of a package's picture sequences.
#ifndef MOUTHPIECE_AVATAR_IMAGE_FOLDER_H_
#define MOUTHPIECE_AVATAR_IMAGE_FOLDER_H_

#include <filesystem>
#include <string>
#include <vector>

#include "avatar/package.h"
#include "media/source_warnings.h"

namespace mouthpiece {

/// Lists root/name (avatar/numbered_files.h): JPEG and PNG pictures counted from 0 or 1 without
/// gaps, the first of which is frame 0, and reads all their headers. All have the first one's size;
/// those that do not are named in one message. Throws Error (kBadMedia).
PictureSource ReadImageFolder(const std::filesystem::path& root, const std::filesystem::path& name);

/// One line for each thing that some of the pictures have and the output will not.
std::vector<std::string> WarningsOf(const PictureSource& folder, PictureUse use);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_AVATAR_IMAGE_FOLDER_H_
