#include "base/place_output.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>

#include "mouthpiece/error.h"

namespace mouthpiece {
namespace {

namespace fs = std::filesystem;

/// Errors of file systems that know no renaming with a condition.
bool IsUnknown(int code) {
  return code == EINVAL || code == ENOSYS || code == EOPNOTSUPP || code == ENOTTY;
}

}  // namespace

int RenameNew(const fs::path& from, const fs::path& to) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return 0;
  if (!IsUnknown(errno)) return errno;
  // A second name cannot replace anything; folders, and some file systems, have none.
  if (::link(from.c_str(), to.c_str()) == 0) {
    ::unlink(from.c_str());
    return 0;
  }
  if (errno == EEXIST) return EEXIST;
  struct stat there {};
  if (::lstat(to.c_str(), &there) == 0) return EEXIST;
  return ::rename(from.c_str(), to.c_str()) == 0 ? 0 : errno;
}

fs::path RenameBeside(const fs::path& from, const fs::path& name) {
  constexpr int kMost = 1000;
  for (int number = 2; number < kMost; ++number) {
    const std::string beside =
        name.stem().string() + "-" + std::to_string(number) + name.extension().string();
    const fs::path to = from.parent_path() / beside;
    const int code = RenameNew(from, to);
    if (code == 0) return to;
    if (code != EEXIST) break;
  }
  return {};
}

void TakePermissions(const fs::path& path, const struct stat& replaced) {
  struct stat now {};
  if (::stat(path.c_str(), &now) != 0) return;
  // The owner first: a change of it may take permissions away.
  if (now.st_uid != replaced.st_uid || now.st_gid != replaced.st_gid) {
    static_cast<void>(::chown(path.c_str(), replaced.st_uid, replaced.st_gid) == 0 ||
                      ::chown(path.c_str(), static_cast<uid_t>(-1), replaced.st_gid) == 0);
  }
  ::chmod(path.c_str(), replaced.st_mode & 0777);
}

std::optional<struct stat> StatOf(const fs::path& name) {
  struct stat found {};
  if (::lstat(name.c_str(), &found) != 0) return std::nullopt;
  return found;
}

bool IsUnchanged(const std::optional<struct stat>& before, const std::optional<struct stat>& now) {
  if (!before || !now) return before.has_value() == now.has_value();
  return before->st_dev == now->st_dev && before->st_ino == now->st_ino &&
         before->st_size == now->st_size && before->st_mtim.tv_sec == now->st_mtim.tv_sec &&
         before->st_mtim.tv_nsec == now->st_mtim.tv_nsec;
}

void KeepBeside(HiddenPath& work, const fs::path& name, const fs::path& target, int code) {
  fs::path kept = RenameBeside(work.path(), name);
  if (kept.empty()) {
    kept = work.path();
    work.Leave();
  } else {
    work.Forget();
  }
  const std::string why = code == EEXIST
                              ? "appeared or changed while this was made, and stays as it is"
                              : "cannot be given its name: " + std::system_category().message(code);
  throw Error(ErrorCode::kIo,
              target.string() + ": " + why + "; the finished output is " + kept.string());
}

}  // namespace mouthpiece
