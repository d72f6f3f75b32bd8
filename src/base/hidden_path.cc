#include "base/hidden_path.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <system_error>
#include <utility>

#include "base/leftovers.h"
#include "mouthpiece/error.h"

namespace mouthpiece {
namespace {

namespace fs = std::filesystem;

/// The `attempt`-th hidden name.
fs::path HiddenName(const fs::path& folder, const fs::path& name, const std::string& mark,
                    int attempt) {
  constexpr size_t kLongest = 200;
  std::string hidden = ".";
  hidden += name.filename().string().substr(0, kLongest);
  hidden.append(".partial-").append(std::to_string(::getpid()));
  if (attempt > 0) hidden.append("-").append(std::to_string(attempt));
  return folder / (hidden + mark);
}

/// A descriptor of the new file or folder; -1 and errno when there can be none.
int Create(HiddenPath::Kind kind, const fs::path& path) {
  if (kind == HiddenPath::Kind::kFile) {
    return ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  }
  if (::mkdir(path.c_str(), 0777) != 0) return -1;
  return ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

void Remove(const fs::path& path) {
  std::error_code ignored;
  fs::remove_all(path, ignored);
}

enum class Locking { kDone, kGone, kImpossible };

/// Until the lock is there, the new file may be taken for a leftover and be removed.
Locking Lock(int file, const fs::path& path) {
  int status = 0;
  while ((status = ::flock(file, LOCK_EX)) != 0 && errno == EINTR) {
  }
  if (status != 0) return Locking::kImpossible;
  struct stat held {};
  struct stat named {};
  const bool is_there = ::fstat(file, &held) == 0 && ::lstat(path.c_str(), &named) == 0 &&
                        held.st_dev == named.st_dev && held.st_ino == named.st_ino;
  return is_there ? Locking::kDone : Locking::kGone;
}

}  // namespace

void FailIo(const fs::path& name, const std::string& what, int code) {
  throw Error(ErrorCode::kIo,
              name.string() + ": " + what + ": " + std::system_category().message(code));
}

fs::path ParentOf(const fs::path& name) {
  const fs::path parent = name.parent_path();
  return parent.empty() ? fs::path(".") : parent;
}

std::string HiddenMark() {
  constexpr size_t kDigits = 12;
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  std::string text;
  std::getline(file, text);
  std::erase(text, '-');
  std::string mark;
  if (text.size() >= kDigits) mark.append(".").append(text, 0, kDigits);
  return mark;
}

HiddenPath::HiddenPath(Kind kind, const fs::path& folder, const fs::path& name) {
  RemoveLeftovers(folder);
  std::string mark = HiddenMark();
  for (int attempt = 0;; ++attempt) {
    path_ = HiddenName(folder, name, mark, attempt);
    lock_ = Create(kind, path_);
    if (lock_ < 0) {
      if (errno == EEXIST) continue;
      FailIo(name, "cannot be created", errno);
    }
    if (mark.empty()) return;
    const Locking locking = Lock(lock_, path_);
    if (locking == Locking::kDone) return;
    if (locking == Locking::kImpossible) {
      Remove(path_);
      mark.clear();  // a file system without locks: nobody may take it for a leftover
    }
    ::close(lock_);
  }
}

HiddenPath::~HiddenPath() {
  if (!path_.empty()) Remove(path_);
  if (lock_ >= 0) ::close(lock_);
}

void HiddenPath::Forget() {
  path_.clear();
  if (lock_ >= 0) ::close(std::exchange(lock_, -1));
}

void HiddenPath::Leave() {
  struct stat held {};
  if (lock_ >= 0 && ::fstat(lock_, &held) == 0) {
    static_cast<void>(::fchmod(lock_, (held.st_mode & 07777) | kFinishedWork));
  }
  Forget();
}

}  // namespace mouthpiece
