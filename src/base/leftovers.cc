#include "base/leftovers.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <system_error>

#include "base/hidden_path.h"

namespace mouthpiece {
namespace {

namespace fs = std::filesystem;

/// Whether `name` is .NAME.partial-PID.MARK or .NAME.partial-PID-N.MARK with this mark.
bool IsHiddenName(std::string_view name, std::string_view mark) {
  constexpr std::string_view kPartial = ".partial-";
  if (!name.starts_with('.') || !name.ends_with(mark)) return false;
  name.remove_suffix(mark.size());
  const size_t at = name.rfind(kPartial);
  if (at == std::string_view::npos || at == 0) return false;
  const std::string_view number = name.substr(at + kPartial.size());
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  return !number.empty() && is_digit(number.front()) && is_digit(number.back()) &&
         std::ranges::count(number, '-') <= 1 &&
         std::ranges::all_of(number, [&](char c) { return is_digit(c) || c == '-'; });
}

bool IsSame(const struct stat& a, const struct stat& b) {
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

void RemoveIfLeft(const fs::path& path) {
  struct stat named {};
  if (::lstat(path.c_str(), &named) != 0 || named.st_uid != ::geteuid() ||
      (named.st_mode & kFinishedWork) != 0 || !(S_ISREG(named.st_mode) || S_ISDIR(named.st_mode))) {
    return;
  }
  const int file = ::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (file < 0) return;
  struct stat held {};
  struct stat now {};
  // It may have got its name, or have been removed, before the lock was there.
  if (::flock(file, LOCK_EX | LOCK_NB) == 0 && ::fstat(file, &held) == 0 && IsSame(held, named) &&
      ::lstat(path.c_str(), &now) == 0 && IsSame(held, now)) {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
  ::close(file);
}

}  // namespace

void RemoveLeftovers(const fs::path& folder) {
  const std::string mark = HiddenMark();
  if (mark.empty()) return;
  std::error_code failed;
  fs::directory_iterator entries(folder, failed);
  while (!failed && entries != fs::directory_iterator()) {
    if (IsHiddenName(entries->path().filename().native(), mark)) RemoveIfLeft(entries->path());
    entries.increment(failed);
  }
}

}  // namespace mouthpiece
