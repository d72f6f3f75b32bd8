#include "import/package_folder.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>

#include "mouthpiece/error.h"

namespace mouthpiece {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void FailIo(const fs::path& name, const std::string& what, int code) {
  throw Error(ErrorCode::kIo,
              name.string() + ": " + what + ": " + std::system_category().message(code));
}

fs::path Hidden(const fs::path& name, const char* what) {
  const fs::path folder = name.has_parent_path() ? name.parent_path() : fs::path(".");
  std::string hidden(".");
  hidden.append(name.filename().string()).append(what).append(std::to_string(::getpid()));
  return folder / hidden;
}

/// Replacing anything else would remove what nobody meant to lose.
bool MayBeReplaced(const fs::path& name) {
  std::error_code ignored;
  return fs::is_directory(fs::symlink_status(name, ignored)) &&
         (fs::exists(name / "cache" / "crop_rectangles.json", ignored) ||
          fs::is_empty(name, ignored));
}

}  // namespace

PackageFolder::PackageFolder(const fs::path& name, bool overwrite)
    : name_(name.lexically_normal()) {
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
  partial_ = Hidden(name_, ".partial-");
  if (::mkdir(partial_.c_str(), 0777) != 0) {
    const int code = errno;
    partial_.clear();
    FailIo(name, "cannot be created", code);
  }
}

PackageFolder::~PackageFolder() {
  if (partial_.empty()) return;
  std::error_code ignored;
  fs::remove_all(partial_, ignored);
}

void PackageFolder::Commit() {
  std::error_code ignored;
  const fs::path old = Hidden(name_, ".old-");
  const bool replaces = fs::exists(fs::symlink_status(name_, ignored));
  if (replaces && ::rename(name_.c_str(), old.c_str()) != 0) {
    FailIo(name_, "cannot be replaced", errno);
  }
  if (::rename(partial_.c_str(), name_.c_str()) != 0) {
    const int code = errno;
    if (replaces) fs::rename(old, name_, ignored);
    FailIo(name_, "cannot be renamed to", code);
  }
  partial_.clear();
  if (replaces) fs::remove_all(old, ignored);
}

}  // namespace mouthpiece
