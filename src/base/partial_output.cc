#include "base/partial_output.h"

#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <system_error>
#include <vector>

#include "base/place_output.h"
#include "mouthpiece/error.h"

namespace mouthpiece {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void Refuse(const fs::path& name, const std::string& why) {
  throw Error(ErrorCode::kInvalidArgument, name.string() + ": " + why);
}

/// What a link leads to, whether that is there or not; `name` if it is no link.
fs::path FollowLinks(const fs::path& name) {
  constexpr int kMostLinks = 40;
  std::error_code failed;
  fs::path target = name;
  for (int links = 0; fs::is_symlink(fs::symlink_status(target, failed)); ++links) {
    if (links == kMostLinks) FailIo(name, "cannot be followed", ELOOP);
    target = ParentOf(target) / fs::read_symlink(target, failed);
    if (failed) FailIo(name, "cannot be followed", failed.value());
  }
  return target;
}

bool IsLater(const timespec& a, const timespec& b) {
  return a.tv_sec != b.tv_sec ? a.tv_sec > b.tv_sec : a.tv_nsec > b.tv_nsec;
}

fs::path WithoutSlash(fs::path name) {
  if (!name.has_filename()) name = name.parent_path();  // "folder/"
  return name.empty() ? fs::path(".") : name;
}

}  // namespace

void RequireRoom(const fs::path& place, uint64_t bytes, const fs::path& name) {
  constexpr uint64_t kMegabyte = 1'000'000;
  struct statvfs disk {};
  if (::statvfs(place.c_str(), &disk) != 0) return;
  const uint64_t blocks = ::geteuid() == 0 ? disk.f_bfree : disk.f_bavail;
  const uint64_t room = blocks * disk.f_frsize;
  if (bytes <= room) return;
  throw Error(ErrorCode::kIo, name.string() + ": takes " + std::to_string(bytes / kMegabyte) +
                                  " MB, and the disk has room for " +
                                  std::to_string(room / kMegabyte) + " MB");
}

PartialFile::PartialFile(const fs::path& name, const OutputRules& rules)
    : shown_(name), name_(name) {
  RefuseUrl(name);
  struct stat found {};
  const bool is_there = ::stat(name.c_str(), &found) == 0;
  if (is_there && S_ISDIR(found.st_mode)) Refuse(name, "is a folder");
  if (is_there && S_ISBLK(found.st_mode)) Refuse(name, "is a disk, which is not written to");
  if (is_there && !S_ISREG(found.st_mode)) return;
  name_ = FollowLinks(name);
  RefuseInput(is_there ? name : name_, rules.inputs);
  if (is_there) {
    if (!rules.overwrite) Refuse(name, "exists already; --overwrite replaces it");
    replaced_ = found;
  }
  work_.emplace(HiddenPath::Kind::kFile, ParentOf(name_), name_);
}

void PartialFile::RequireRoomFor(uint64_t bytes) const {
  if (work_) RequireRoom(work_->path(), bytes, shown_);
}

void PartialFile::Commit() {
  if (!work_) return;
  const std::optional<struct stat> now = StatOf(name_);
  if (now && !IsUnchanged(replaced_, now)) KeepBeside(*work_, name_, shown_, EEXIST);
  int code = 0;
  if (now) {
    TakePermissions(work_->path(), *replaced_);
    code = ::rename(work_->path().c_str(), name_.c_str()) == 0 ? 0 : errno;
  } else {
    code = RenameNew(work_->path(), name_);
  }
  if (code != 0) KeepBeside(*work_, name_, shown_, code);
  work_->Forget();
  work_.reset();
}

PartialFolder::PartialFolder(const fs::path& name, const OutputRules& rules)
    : shown_(name), name_(WithoutSlash(name)), overwrite_(rules.overwrite) {
  RefuseUrl(name);
  std::error_code ignored;
  const fs::file_status status = fs::status(name_, ignored);
  existed_ = fs::exists(status);
  if (existed_ && !fs::is_directory(status)) Refuse(name, "is no folder");
  RefuseInput(name_, rules.inputs);
  work_.emplace(HiddenPath::Kind::kFolder, existed_ ? name_ : ParentOf(name_), name_);
  if (const auto made = StatOf(work_->path())) begun_ = made->st_ctim;
}

void PartialFolder::Commit() {
  const int code = existed_ ? EEXIST : RenameNew(work_->path(), name_);
  if (code != 0) {
    // It may have appeared meanwhile: other shards of one job write into it too.
    std::error_code ignored;
    if (!fs::is_directory(name_, ignored)) KeepBeside(*work_, name_, shown_, code);
    CheckTargets();
    MoveFiles();
    ::rmdir(work_->path().c_str());
  }
  work_->Forget();
  work_.reset();
}

/// Nothing is moved before it is known that nothing is in the way.
void PartialFolder::CheckTargets() {
  for (const fs::directory_entry& entry : fs::directory_iterator(work_->path())) {
    const fs::path target = name_ / entry.path().filename();
    const std::optional<struct stat> there = StatOf(target);
    if (there && (!overwrite_ || IsLater(there->st_ctim, begun_))) {
      KeepBeside(*work_, name_, target, EEXIST);
    }
  }
}

void PartialFolder::MoveFiles() {
  std::vector<fs::path> added;
  std::vector<fs::path> files;
  for (const fs::directory_entry& entry : fs::directory_iterator(work_->path())) {
    files.push_back(entry.path());
  }
  // The first of numbered images last: where it is, all are, however the process ends.
  std::ranges::sort(files, [](const fs::path& a, const fs::path& b) {
    const size_t a_size = a.native().size();
    const size_t b_size = b.native().size();
    return a_size != b_size ? a_size > b_size : a > b;
  });
  for (const fs::path& file : files) {
    const fs::path target = name_ / file.filename();
    const std::optional<struct stat> there = overwrite_ ? StatOf(target) : std::nullopt;
    int code = 0;
    if (there) {
      if (!S_ISLNK(there->st_mode)) TakePermissions(file, *there);
      code = ::rename(file.c_str(), target.c_str()) == 0 ? 0 : errno;
    } else {
      code = RenameNew(file, target);
    }
    if (code != 0) {
      for (const fs::path& moved : added) RenameNew(moved, work_->path() / moved.filename());
      KeepBeside(*work_, name_, target, code);
    }
    if (!there) added.push_back(target);
  }
}

}  // namespace mouthpiece
