// A new package appears whole or not at all.
#ifndef MOUTHPIECE_IMPORT_PACKAGE_FOLDER_H_
#define MOUTHPIECE_IMPORT_PACKAGE_FOLDER_H_

#include <filesystem>

namespace mouthpiece {

/// A folder that is written beside its final place, under a hidden name, and renamed at the end.
/// What is not committed is removed.
class PackageFolder {
 public:
  /// Throws Error (kInvalidArgument) when `name` exists and may not be replaced: without
  /// `overwrite`, or because it is neither an avatar package nor empty. kIo when nothing can be
  /// written beside it.
  PackageFolder(const std::filesystem::path& name, bool overwrite);
  ~PackageFolder();
  PackageFolder(const PackageFolder&) = delete;
  PackageFolder& operator=(const PackageFolder&) = delete;

  /// Where to write.
  const std::filesystem::path& path() const { return partial_; }
  /// Renames it; what was there is removed, if it may be. Throws Error (kIo); then what was there
  /// still is.
  void Commit();

 private:
  std::filesystem::path name_;
  std::filesystem::path partial_;
  bool overwrite_;
};

}  // namespace mouthpiece

#endif  // MOUTHPIECE_IMPORT_PACKAGE_FOLDER_H_
