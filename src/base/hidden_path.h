// Hidden names for work in progress.
#ifndef MOUTHPIECE_BASE_HIDDEN_PATH_H_
#define MOUTHPIECE_BASE_HIDDEN_PATH_H_

#include <filesystem>
#include <string>

namespace mouthpiece {

/// Throws Error (kIo) "NAME: WHAT: " and the system's words for `code`, an errno.
[[noreturn]] void FailIo(const std::filesystem::path& name, const std::string& what, int code);

/// The folder that `name` lies in, by a name that can be opened: "." for a bare name.
std::filesystem::path ParentOf(const std::filesystem::path& name);

/// An empty file or folder of a hidden name, removed with all it holds unless it got another name.
/// It is called .NAME.partial-PID.MARK, where NAME is the last part of what it is going to be,
/// shortened to what any file system takes, and MARK is HiddenMark(). When that is taken by another
/// output of this process, .NAME.partial-PID-1.MARK and so on.
///
/// It is locked (flock) as long as it is held here: the system gives the lock up when the process
/// ends, however that comes, and whoever can take it then has found a leftover (leftovers.h).
class HiddenPath {
 public:
  enum class Kind { kFile, kFolder };

  /// In `folder`, whose leftovers are removed first. Throws Error (kIo) that speaks of `name`.
  HiddenPath(Kind kind, const std::filesystem::path& folder, const std::filesystem::path& name);
  ~HiddenPath();
  HiddenPath(const HiddenPath&) = delete;
  HiddenPath& operator=(const HiddenPath&) = delete;

  /// Empty after Forget.
  const std::filesystem::path& path() const { return path_; }

  /// What it held is somewhere else now: nothing is removed.
  void Forget();
  /// Stays under its hidden name, and is never taken for a leftover.
  void Leave();

 private:
  std::filesystem::path path_;
  int lock_ = -1;
};

/// What ends the hidden names of this machine since it was started: a dot and twelve hexadecimal
/// digits. Only where it is the same do locks tell whether a process lives: those of another
/// machine, on a disk of the network, may not be seen here. Empty where the system does not say;
/// such names are never taken for leftovers.
std::string HiddenMark();

}  // namespace mouthpiece

#endif  // MOUTHPIECE_BASE_HIDDEN_PATH_H_
