#include "base/cache_folder.h"

#include <cstdlib>

namespace mouthpiece {

std::filesystem::path CacheFolder() {
  const char* const named = std::getenv("XDG_CACHE_HOME");  // NOLINT(concurrency-mt-unsafe)
  if (named != nullptr && named[0] == '/') return std::filesystem::path(named) / "mouthpiece";
  const char* const home = std::getenv("HOME");  // NOLINT(concurrency-mt-unsafe)
  if (home != nullptr && home[0] == '/') {
    return std::filesystem::path(home) / ".cache" / "mouthpiece";
  }
  return {};
}

}  // namespace mouthpiece
