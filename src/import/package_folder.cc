#include "import/package_folder.h"

#include <cerrno>
#include <cstdio>
#include <system_error>

#include "base/hidden_path.h"
#include "mouthpiece/error.h"

namespace mouthpiece {
namespace {

namespace fs = std::filesystem;

/// Replacing anything else would remove what nobody meant to lose.
bool MayBeReplaced(const fs::path& name) {
  std::error_code ignored;
  return fs::is_directory(fs::symlink_status(name, ignored)) &&
         (fs::exists(name / "cache" / "crop_rectangles.json", ignored) ||
          fs::is_empty(name, ignored));
}

}  // namespace

PackageFolder::PackageFolder(const fs::path& name, bool overwrite)
    : name_(name.lexically_normal()), overwrite_(overwrite) {
  if (!name_.has_filename()) name_ = name_.parent_path();  // "folder/"
  if (name_.filename().empty() || name_.filename() == "." || name_.filename() == "..") {
    throw Error(ErrorCode::kInvalidArgument, name.string() + ": is no name for a new folder");
  }
  std::error_code ignored;
  if (fs::exists(fs::symlink_status(name_, ignored))) {
    if (!overwrite) {
      throw Error(ErrorCode::kInvalidArgument,
                  name.string() + ": exists already; --overwrite replaces it");
    }
    if (!MayBeReplaced(name_)) {
      throw Error(ErrorCode::kInvalidArgument,
                  name.string() + ": is no avatar package, and not replaced");
    }
  }
  partial_ = CreateHiddenFolder(ParentOf(name_), name_);
}

PackageFolder::~PackageFolder() {
  if (partial_.empty()) return;
  std::error_code ignored;
  fs::remove_all(partial_, ignored);
}

void PackageFolder::Commit() {
  if (::rename(partial_.c_str(), name_.c_str()) == 0) {
    partial_.clear();
    return;
  }
  int code = errno;
  // It may have appeared meanwhile.
  if (!overwrite_ || !MayBeReplaced(name_)) FailIo(name_, "cannot be renamed to", code);
  std::error_code ignored;
  const fs::path old = CreateHiddenFolder(ParentOf(name_), name_);
  if (::rename(name_.c_str(), old.c_str()) != 0) {
    code = errno;
    fs::remove(old, ignored);
    FailIo(name_, "cannot be replaced", code);
  }
  if (::rename(partial_.c_str(), name_.c_str()) != 0) {
    code = errno;
    fs::rename(old, name_, ignored);
    FailIo(name_, "cannot be renamed to", code);
  }
  partial_.clear();
  fs::remove_all(old, ignored);
}

}  // namespace mouthpiece
