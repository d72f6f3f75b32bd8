#include "base/scratch_file.h"

#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string>
#include <system_error>
#include <utility>

#include "mouthpiece/error.h"

namespace mouthpiece {
namespace {

/// A file in `folder` that has no name any more; -1 and errno when there can be none.
int OpenNameless(const std::filesystem::path& folder) {
  const int file = open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (file >= 0 || (errno != EOPNOTSUPP && errno != EISDIR)) return file;
  std::string name = (folder / "mouthpiece-XXXXXX").string();  // a file system without O_TMPFILE
  const int named = mkostemp(name.data(), O_CLOEXEC);
  if (named >= 0) unlink(name.c_str());
  return named;
}

}  // namespace

std::filesystem::path ScratchFolder() {
  const char* chosen = std::getenv("TMPDIR");  // NOLINT(concurrency-mt-unsafe)
  if (chosen != nullptr && *chosen != '\0') return chosen;
  const std::filesystem::path kept = "/var/tmp";
  std::error_code ignored;
  return std::filesystem::is_directory(kept, ignored) ? kept : "/tmp";
}

uint64_t ScratchRoom(const std::filesystem::path& folder) {
  struct statvfs disk {};
  if (statvfs(folder.c_str(), &disk) != 0) return 0;
  return uint64_t{disk.f_bavail} * disk.f_frsize / 2;
}

ScratchFile::ScratchFile(const std::filesystem::path& folder, uint64_t bytes, std::string content)
    : folder_(folder), content_(std::move(content)), file_(OpenNameless(folder)) {
  if (file_ < 0) Fail("cannot be made", errno);
  if (bytes == 0) return;
  // A disk that is full is better met now than in the middle. Where nothing can be reserved, the
  // first Write() that finds no room says so.
  if (fallocate(file_, FALLOC_FL_KEEP_SIZE, 0, static_cast<off_t>(bytes)) != 0 &&
      errno != EOPNOTSUPP) {
    const int error = errno;
    close(file_);
    Fail("cannot be made", error);
  }
}

ScratchFile::~ScratchFile() { close(file_); }

void ScratchFile::Write(uint64_t offset, std::span<const uint8_t> bytes) {
  while (!bytes.empty()) {
    const ssize_t done = pwrite(file_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) Fail("cannot be written", errno);
    bytes = bytes.subspan(static_cast<size_t>(done));
    offset += static_cast<uint64_t>(done);
  }
}

void ScratchFile::Read(uint64_t offset, std::span<uint8_t> bytes) const {
  while (!bytes.empty()) {
    const ssize_t done = pread(file_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) Fail("cannot be read", errno);
    if (done == 0) Fail("ends too early", 0);
    bytes = bytes.subspan(static_cast<size_t>(done));
    offset += static_cast<uint64_t>(done);
  }
}

void ScratchFile::Fail(const char* what, int error) const {
  std::string message = folder_.string() + ": the scratch file for " + content_ + " " + what;
  std::error_code ignored;
  if (!std::filesystem::is_directory(folder_, ignored)) {
    message += ": there is no such folder; make it, or let TMPDIR name another";
    throw Error(ErrorCode::kIo, message);
  }
  if (error != 0) message += ": " + std::error_code(error, std::generic_category()).message();
  throw Error(ErrorCode::kIo, message + "; TMPDIR names another folder");
}

}  // namespace mouthpiece
