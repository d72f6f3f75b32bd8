// A new package appears whole or not at all.
#ifndef MOUTHPIECE_IMPORT_PACKAGE_FOLDER_H_
#define MOUTHPIECE_IMPORT_PACKAGE_FOLDER_H_

#include <sys/stat.h>

#include <filesystem>
#include <optional>

#include "base/hidden_path.h"
#include "base/partial_output.h"

namespace mouthpiece {

/// A folder that is written beside its final place, under a hidden name, and renamed at the end.
/// What is not committed is removed. What replaces an old package has its permissions.
class PackageFolder {
 public:
  /// Throws Error (kInvalidArgument) when `name` exists and may not be replaced: without
  /// `rules.overwrite`, because it is neither an avatar package nor empty, or because an input is
  /// in it. kIo when nothing can be written beside it.
  PackageFolder(const std::filesystem::path& name, const OutputRules& rules);

  /// Where to write.
  const std::filesystem::path& path() const { return work_.path(); }
  /// Renames it; what was there is removed. When something got the name since the work began, that
  /// stays, and so does the finished package, beside it: Error (kIo) says where.
  void Commit();

 private:
  std::filesystem::path name_;
  std::optional<struct stat> replaced_;
  HiddenPath work_;
};

}  // namespace mouthpiece

#endif  // MOUTHPIECE_IMPORT_PACKAGE_FOLDER_H_
