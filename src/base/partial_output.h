// Output that appears under its final name only when it is complete.
#ifndef MOUTHPIECE_SINK_PARTIAL_OUTPUT_H_
#define MOUTHPIECE_SINK_PARTIAL_OUTPUT_H_

#include <filesystem>

namespace mouthpiece {

/// A file that is written beside its final name, as .NAME.partial-PID, and renamed by Commit.
/// Destroyed without Commit, it is removed; what was there before is kept until then.
///
/// A name that is something other than a file (a device, a named pipe) is written directly.
class PartialFile {
 public:
  /// Creates the empty file. Throws Error: kInvalidArgument when `name` is a folder, or exists and
  /// may not be overwritten; kIo when its folder does not exist or cannot be written to.
  PartialFile(const std::filesystem::path& name, bool overwrite);
  ~PartialFile();
  PartialFile(const PartialFile&) = delete;
  PartialFile& operator=(const PartialFile&) = delete;

  /// What is to be written.
  const std::filesystem::path& path() const { return partial_; }
  void Commit();

 private:
  std::filesystem::path name_;
  std::filesystem::path partial_;  ///< Equals name_ when written directly or committed
  bool overwrite_;
};

/// A folder's new files, written into a hidden folder first, so that a folder shows all of them or
/// none, and old ones are kept until all new ones are there. A folder that did not exist is made by
/// renaming the hidden one, which then lies beside it; into one that did, or that somebody else has
/// made meanwhile, files are moved.
class PartialFolder {
 public:
  /// Creates the hidden folder. Throws Error like PartialFile.
  explicit PartialFolder(const std::filesystem::path& name);
  ~PartialFolder();
  PartialFolder(const PartialFolder&) = delete;
  PartialFolder& operator=(const PartialFolder&) = delete;

  /// Where the files are to be written.
  const std::filesystem::path& path() const { return partial_; }
  /// Moves everything to the final place. When one file cannot be moved, those that were moved and
  /// replaced nothing are removed again.
  void Commit(bool overwrite);

 private:
  void MoveFiles(bool overwrite);

  std::filesystem::path name_;
  std::filesystem::path partial_;
  bool existed_ = false;
};

}  // namespace mouthpiece

#endif  // MOUTHPIECE_SINK_PARTIAL_OUTPUT_H_
