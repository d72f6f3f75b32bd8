#include "sink/partial_output.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <vector>

#include "base/hidden_path.h"
#include "mouthpiece/error.h"

namespace mouthpiece {
namespace {

namespace fs = std::filesystem;

/// Renames; without `overwrite` it fails with EEXIST rather than replace what is there.
int Rename(const fs::path& from, const fs::path& to, bool overwrite) {
  if (overwrite) return ::rename(from.c_str(), to.c_str());
  const int status = ::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE);
  if (status == 0 || (errno != EINVAL && errno != ENOSYS)) return status;
  std::error_code ignored;  // a file system without that flag
  if (fs::exists(fs::symlink_status(to, ignored))) {
    errno = EEXIST;
    return -1;
  }
  return ::rename(from.c_str(), to.c_str());
}

}  // namespace

PartialFile::PartialFile(const fs::path& name, bool overwrite)
    : name_(name), overwrite_(overwrite) {
  std::error_code failed;
  if (fs::is_symlink(fs::symlink_status(name, failed))) {
    name_ = fs::weakly_canonical(name, failed);  // replace what the link names, not the link
    if (failed) FailIo(name, "cannot be followed", failed.value());
  }
  const fs::file_status status = fs::status(name_, failed);
  if (fs::is_directory(status)) {
    throw Error(ErrorCode::kInvalidArgument, name.string() + ": is a folder");
  }
  if (fs::exists(status) && !fs::is_regular_file(status)) {
    partial_ = name_;
    return;
  }
  if (fs::exists(status) && !overwrite) {
    throw Error(ErrorCode::kInvalidArgument,
                name.string() + ": exists already; --overwrite replaces it");
  }
  partial_ = CreateHiddenFile(ParentOf(name_), name_);
}

PartialFile::~PartialFile() {
  if (partial_ == name_) return;
  std::error_code ignored;
  fs::remove(partial_, ignored);
}

void PartialFile::Commit() {
  if (partial_ == name_) return;
  if (Rename(partial_, name_, overwrite_) != 0) FailIo(name_, "cannot be renamed to", errno);
  partial_ = name_;
}

PartialFolder::PartialFolder(const fs::path& name) : name_(name) {
  if (!name_.has_filename()) name_ = name_.parent_path();  // "folder/"
  if (name_.empty()) name_ = ".";
  std::error_code ignored;
  const fs::file_status status = fs::status(name_, ignored);
  existed_ = fs::exists(status);
  if (existed_ && !fs::is_directory(status)) {
    throw Error(ErrorCode::kInvalidArgument, name.string() + ": is no folder");
  }
  partial_ = CreateHiddenFolder(existed_ ? name_ : ParentOf(name_), name_);
}

PartialFolder::~PartialFolder() {
  if (partial_.empty()) return;
  std::error_code ignored;
  fs::remove_all(partial_, ignored);
}

void PartialFolder::Commit(bool overwrite) {
  if (!existed_ && Rename(partial_, name_, false) == 0) {
    partial_.clear();
    return;
  }
  // It may have appeared meanwhile: other shards of one job write into it too.
  std::error_code ignored;
  if (!existed_ && !fs::is_directory(name_, ignored)) {
    FailIo(name_, "cannot be renamed to", EEXIST);
  }
  MoveFiles(overwrite);
  ::rmdir(partial_.c_str());
  partial_.clear();
}

void PartialFolder::MoveFiles(bool overwrite) {
  std::vector<fs::path> moved;
  for (const fs::directory_entry& entry : fs::directory_iterator(partial_)) {
    const fs::path target = name_ / entry.path().filename();
    std::error_code ignored;
    const bool replaces = fs::exists(fs::symlink_status(target, ignored));
    if (Rename(entry.path(), target, overwrite) != 0) {
      const int code = errno;
      for (const fs::path& file : moved) fs::remove(file, ignored);
      FailIo(target, "cannot be renamed to", code);
    }
    if (!replaces) moved.push_back(target);
  }
}

}  // namespace mouthpiece
