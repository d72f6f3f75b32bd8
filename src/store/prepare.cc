#include "mouthpiece/prepare.h"

#include <unistd.h>

#include <string>
#include <system_error>
#include <vector>

#include "avatar/package.h"
#include "mouthpiece/error.h"
#include "store/frame_layout.h"
#include "store/prepared_frames.h"

namespace mouthpiece {
namespace {

/// What was made of the package by whatever version and of whatever pictures.
std::vector<std::filesystem::path> AllPrepared(const Package& package) {
  std::vector<std::filesystem::path> found;
  for (const PreparedPlace& place : PreparedPlaces(package)) {
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator(place.folder, ignored)) {
      const std::string name = entry.path().filename().string();
      if (name.starts_with(place.prefix) && name.ends_with(kPreparedSuffix)) {
        found.push_back(place.folder / name);
      }
    }
  }
  return found;
}

/// Throws Error (kIo).
bool Remove(const std::filesystem::path& path) {
  std::error_code error;
  const bool removed = std::filesystem::remove(path, error);
  if (error) throw Error(ErrorCode::kIo, path.string() + ": " + error.message());
  return removed;
}

bool IsWritable(const std::filesystem::path& folder) {
  return access(folder.c_str(), W_OK | X_OK) == 0;
}

/// Where Prepare writes to.
std::filesystem::path PlaceFor(const Package& package, const std::string& digest) {
  const std::vector<std::filesystem::path> paths = PreparedPaths(package, digest);
  if (IsWritable(package.root) || paths.size() == 1) return paths.front();
  return paths.back();
}

}  // namespace

Prepared FindPrepared(const Avatar& avatar) {
  const Package& package = PackageOf(avatar);
  const FrameLayout layout(package);
  const uint64_t bytes = PreparedBytes(layout, package.frame_count);
  if (const auto found = PreparedFrames::Find(package, layout)) return {found->path(), bytes, true};
  return {PlaceFor(package, PreparedDigest(package, layout)), bytes, false};
}

Prepared Prepare(const Avatar& avatar, const PrepareOptions& options, const Hooks& hooks) {
  Prepared prepared = FindPrepared(avatar);
  if (prepared.is_there && !options.remake) return prepared;
  const Package& package = PackageOf(avatar);
  std::error_code error;
  std::filesystem::create_directories(prepared.file.parent_path(), error);
  if (error) {
    throw Error(ErrorCode::kIo, prepared.file.parent_path().string() + ": " + error.message());
  }
  WritePreparedFrames(package, prepared.file, options.threads, CancelToken(hooks.cancel),
                      [&](int done) {
                        if (!hooks.progress) return;
                        hooks.progress({Progress::Phase::kPreparing, done, package.frame_count});
                      });
  for (const std::filesystem::path& old : AllPrepared(package)) {
    std::error_code in_use;  // one in a package that cannot be written to stays
    if (old != prepared.file) std::filesystem::remove(old, in_use);
  }
  prepared.is_there = true;
  return prepared;
}

bool RemovePrepared(const Avatar& avatar) {
  const std::vector<std::filesystem::path> files = AllPrepared(PackageOf(avatar));
  bool removed = false;
  for (const std::filesystem::path& file : files) removed |= Remove(file);
  return removed;
}

}  // namespace mouthpiece
