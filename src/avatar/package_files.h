// All that a package is made of.
#ifndef MOUTHPIECE_AVATAR_PACKAGE_FILES_H_
#define MOUTHPIECE_AVATAR_PACKAGE_FILES_H_

#include <filesystem>
#include <vector>

#include "avatar/package.h"

namespace mouthpiece {

/// The files and folders of a package, and the names at which its reader looks for one, there or
/// not: a file that appeared there would become part of the package.
std::vector<std::filesystem::path> FilesOf(const Package& package);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_AVATAR_PACKAGE_FILES_H_
