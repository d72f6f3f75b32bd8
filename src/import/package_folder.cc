#include "import/package_folder.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "base/place_output.h"
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

fs::path NormalName(const fs::path& name) {
  RefuseUrl(name);
  fs::path normal = name.lexically_normal();
  if (!normal.has_filename()) normal = normal.parent_path();  // "folder/"
  if (normal.filename().empty() || normal.filename() == "." || normal.filename() == "..") {
    throw Error(ErrorCode::kInvalidArgument, name.string() + ": is no name for a new folder");
  }
  return normal;
}

/// What has the name, if it may be replaced.
std::optional<struct stat> FindReplaced(const fs::path& name, const OutputRules& rules) {
  const std::optional<struct stat> found = StatOf(name);
  if (!found) return found;
  RefuseFolderOfInputs(name, rules.inputs);
  if (!rules.overwrite) {
    throw Error(ErrorCode::kInvalidArgument,
                name.string() + ": exists already; --overwrite replaces it");
  }
  if (!MayBeReplaced(name)) {
    throw Error(ErrorCode::kInvalidArgument,
                name.string() + ": is no avatar package, and not replaced");
  }
  return found;
}

/// Gives everything in `now` the permissions of what has the same name in `old`.
void TakeAllPermissions(const fs::path& now, const fs::path& old) {
  std::error_code failed;
  fs::recursive_directory_iterator entries(now, failed);
  while (!failed && entries != fs::recursive_directory_iterator()) {
    const fs::path name = entries->path().lexically_relative(now);
    if (const auto replaced = StatOf(old / name);
        replaced && S_ISDIR(replaced->st_mode) == entries->is_directory(failed) &&
        !S_ISLNK(replaced->st_mode)) {
      TakePermissions(entries->path(), *replaced);
    }
    entries.increment(failed);
  }
}

/// Exchanges the two at once; where the file system cannot, the old one has another name for a
/// moment. Returns 0 or an errno; then `old` is where it was.
int Exchange(const fs::path& work, const fs::path& old) {
  if (::renameat2(AT_FDCWD, work.c_str(), AT_FDCWD, old.c_str(), RENAME_EXCHANGE) == 0) return 0;
  // A name that is never taken for a leftover: what it holds is the user's.
  std::string hidden = ".";
  hidden.append(old.filename().string()).append(".replaced-").append(std::to_string(::getpid()));
  const fs::path aside = ParentOf(old) / hidden;
  if (const int code = RenameNew(old, aside); code != 0) return code;
  if (const int code = RenameNew(work, old); code != 0) {
    RenameNew(aside, old);
    return code;
  }
  return RenameNew(aside, work);
}

}  // namespace

PackageFolder::PackageFolder(const fs::path& name, const OutputRules& rules)
    : name_(NormalName(name)),
      replaced_(FindReplaced(name_, rules)),
      work_(HiddenPath::Kind::kFolder, ParentOf(name_), name_) {}

void PackageFolder::Commit() {
  const std::optional<struct stat> now = StatOf(name_);
  if (!now) {
    if (const int code = RenameNew(work_.path(), name_); code != 0)
      KeepBeside(work_, name_, name_, code);
    work_.Forget();
    return;
  }
  if (!IsUnchanged(replaced_, now) || !MayBeReplaced(name_))
    KeepBeside(work_, name_, name_, EEXIST);
  TakeAllPermissions(work_.path(), name_);
  TakePermissions(work_.path(), *now);
  if (const int code = Exchange(work_.path(), name_); code != 0)
    KeepBeside(work_, name_, name_, code);
  // What it holds now is the old package, which goes when this is destroyed.
}

}  // namespace mouthpiece
