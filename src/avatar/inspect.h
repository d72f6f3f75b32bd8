// The part of an inspection that needs files only.
#ifndef MOUTHPIECE_AVATAR_INSPECT_H_
#define MOUTHPIECE_AVATAR_INSPECT_H_

#include <filesystem>

#include "mouthpiece/inspect.h"

namespace mouthpiece {

/// The report without cache costs and without what only loading the generator shows.
PackageReport InspectFiles(const std::filesystem::path& path);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_AVATAR_INSPECT_H_
