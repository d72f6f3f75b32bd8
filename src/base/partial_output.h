// Output that appears under its final name only when it is complete: the one way in which the
// program writes what a user named.
#ifndef MOUTHPIECE_BASE_PARTIAL_OUTPUT_H_
#define MOUTHPIECE_BASE_PARTIAL_OUTPUT_H_

#include <sys/stat.h>

#include <cstdint>
#include <filesystem>
#include <optional>

#include "base/hidden_path.h"
#include "base/input_guard.h"

namespace mouthpiece {

/// Throws Error (kIo) about `name` when the disk of `place`, which exists, has no room for `bytes`,
/// as far as that can be seen.
void RequireRoom(const std::filesystem::path& place, uint64_t bytes,
                 const std::filesystem::path& name);

/// What an output may do.
struct OutputRules {
  bool overwrite = false;  ///< Replace what has the name when the work begins
  InputPaths inputs = {};  ///< What the job reads: never replaced
};

/// A file that is written beside its final name, under a hidden one (HiddenPath), and renamed by
/// Commit. Destroyed without Commit, it is removed; what was there before is kept until then. A
/// file that replaces another has its permissions.
///
/// A link stands for what it names: that is written, and the link stays. A pipe or a character
/// device is written directly, and never replaced.
class PartialFile {
 public:
  /// Creates the empty file. Throws Error: kInvalidArgument when `name` is a folder or a disk, is
  /// an input, or exists and may not be overwritten; kIo when its folder does not exist or cannot
  /// be written to.
  PartialFile(const std::filesystem::path& name, const OutputRules& rules);

  /// What is to be written.
  const std::filesystem::path& path() const { return work_ ? work_->path() : name_; }
  /// Where it will be, links followed.
  const std::filesystem::path& target() const { return name_; }
  /// Throws Error (kIo) when the disk has no room for `bytes`, as far as that can be seen.
  void RequireRoomFor(uint64_t bytes) const;
  /// Once. When something has got the name since the work began, that stays, and so does the
  /// finished work, beside it: Error (kIo) says where.
  void Commit();

 private:
  const std::filesystem::path shown_;  ///< As messages call it
  std::filesystem::path name_;
  std::optional<struct stat> replaced_;
  std::optional<HiddenPath> work_;  ///< Null when written directly or committed
};

/// A folder's new files, written into a hidden folder first, so that a folder shows all of them or
/// none, and old ones are kept until all new ones are there. A folder that did not exist is made by
/// renaming the hidden one, which then lies beside it; into one that did, or that somebody else has
/// made meanwhile, files are moved.
class PartialFolder {
 public:
  /// Creates the hidden folder. Throws Error like PartialFile, and when it would write into a
  /// folder that is an input.
  PartialFolder(const std::filesystem::path& name, const OutputRules& rules);

  /// Where the files are to be written.
  const std::filesystem::path& path() const { return work_->path(); }
  /// Moves everything to the final place. Files of a name that appeared since the work began stay,
  /// and so does the finished work, beside them: Error (kIo) says where.
  void Commit();

 private:
  void CheckTargets();
  void MoveFiles();

  const std::filesystem::path shown_;
  std::filesystem::path name_;
  bool existed_ = false;
  const bool overwrite_;
  std::optional<HiddenPath> work_;  ///< Null after Commit
  timespec begun_{};                ///< By the clock of the folder's file system
};

}  // namespace mouthpiece

#endif  // MOUTHPIECE_BASE_PARTIAL_OUTPUT_H_
