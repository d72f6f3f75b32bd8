#include "base/whole_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "base/hidden_path.h"
#include "mouthpiece/error.h"

namespace mouthpiece {
namespace {

namespace fs = std::filesystem;

/// A descriptor that is closed.
class OpenedFile {
 public:
  OpenedFile(const fs::path& path, int flags)
      : fd_(::open(path.c_str(), flags | O_CLOEXEC, 0666)) {}
  ~OpenedFile() {
    if (fd_ >= 0) ::close(fd_);
  }
  OpenedFile(const OpenedFile&) = delete;
  OpenedFile& operator=(const OpenedFile&) = delete;

  int get() const { return fd_; }
  int Close() { return ::close(std::exchange(fd_, -1)); }

 private:
  int fd_;
};

class Writer {
 public:
  explicit Writer(const fs::path& path) : path_(path), file_(path, O_WRONLY | O_CREAT | O_TRUNC) {
    if (file_.get() < 0) Fail();
  }

  void Write(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t done = ::write(file_.get(), bytes.data(), bytes.size());
      if (done < 0 && errno == EINTR) continue;
      if (done < 0) Fail();
      bytes.remove_prefix(static_cast<size_t>(done));
    }
  }
  void Close() {
    if (file_.Close() != 0) Fail();
  }

 private:
  [[noreturn]] void Fail() const { FailIo(path_, "cannot be written", errno); }

  const fs::path& path_;
  OpenedFile file_;
};

}  // namespace

void WriteWholeFile(const fs::path& path, std::string_view bytes) {
  Writer writer(path);
  writer.Write(bytes);
  writer.Close();
}

void CopyWholeFile(const fs::path& from, const fs::path& to) {
  constexpr size_t kPiece = size_t{1} << 20;
  const auto fail = [&] {
    throw Error(ErrorCode::kBadMedia,
                from.string() + ": cannot be read: " + std::system_category().message(errno));
  };
  const OpenedFile source(from, O_RDONLY);
  if (source.get() < 0) fail();
  Writer writer(to);
  std::vector<char> bytes(kPiece);
  while (true) {
    const ssize_t count = ::read(source.get(), bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail();
    if (count == 0) break;
    writer.Write({bytes.data(), static_cast<size_t>(count)});
  }
  writer.Close();
}

}  // namespace mouthpiece
