#include "base/hidden_path.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "mouthpiece/error.h"

namespace mouthpiece {
namespace {

namespace fs = std::filesystem;

/// The `attempt`-th hidden name.
fs::path HiddenName(const fs::path& folder, const fs::path& name, int attempt) {
  constexpr size_t kLongest = 200;
  std::string hidden = ".";
  hidden += name.filename().string().substr(0, kLongest);
  hidden.append(".partial-").append(std::to_string(::getpid()));
  if (attempt > 0) hidden.append("-").append(std::to_string(attempt));
  return folder / hidden;
}

/// Calls `create` with hidden names until it finds one that is free.
template <typename Create>
fs::path CreateHidden(const fs::path& folder, const fs::path& name, Create create) {
  for (int attempt = 0;; ++attempt) {
    const fs::path hidden = HiddenName(folder, name, attempt);
    if (create(hidden) == 0) return hidden;
    const int code = errno;
    if (code != EEXIST) FailIo(name, "cannot be created", code);
  }
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

fs::path CreateHiddenFile(const fs::path& folder, const fs::path& name) {
  return CreateHidden(folder, name, [](const fs::path& hidden) {
    const int fd = ::open(hidden.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    return fd < 0 ? -1 : ::close(fd);
  });
}

fs::path CreateHiddenFolder(const fs::path& folder, const fs::path& name) {
  return CreateHidden(folder, name,
                      [](const fs::path& hidden) { return ::mkdir(hidden.c_str(), 0777); });
}

}  // namespace mouthpiece
