// Where what is worth keeping between processes goes.
#ifndef MOUTHPIECE_BASE_CACHE_FOLDER_H_
#define MOUTHPIECE_BASE_CACHE_FOLDER_H_

#include <filesystem>

namespace mouthpiece {

/// This program's folder among the user's caches (XDG_CACHE_HOME, else ~/.cache), there or not;
/// empty when the user has none.
std::filesystem::path CacheFolder();

}  // namespace mouthpiece

#endif  // MOUTHPIECE_BASE_CACHE_FOLDER_H_
