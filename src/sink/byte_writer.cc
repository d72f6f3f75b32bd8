#include "sink/byte_writer.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "mouthpiece/error.h"

namespace mouthpiece {
namespace {

/// Keeps SIGPIPE from this thread while it lives: the signal of a write to a closed pipe goes to
/// the thread that wrote, is left pending and is then taken away. Other threads and the process's
/// own handling are not touched.
class NoBrokenPipeSignal {
 public:
  NoBrokenPipeSignal() {
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    sigset_t pending;
    sigpending(&pending);
    was_pending_ = sigismember(&pending, SIGPIPE) == 1;
    if (!was_pending_) pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  ~NoBrokenPipeSignal() {
    if (was_pending_) return;
    const timespec now{0, 0};
    if (broken_) {
      while (sigtimedwait(&pipe_, nullptr, &now) < 0 && errno == EINTR) {
      }
    }
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  void Broken() { broken_ = true; }

 private:
  sigset_t pipe_;
  sigset_t before_;
  bool was_pending_ = false;
  bool broken_ = false;
};

constexpr int kLongestWaitMs = 100;  ///< Without looking whether it is to end
constexpr size_t kAtOnce = 4096;     ///< What a descriptor takes that is ready
constexpr size_t kMostPieces = 512;  // POSIX promises 16 only; Linux takes 1024

}  // namespace

ByteWriter ByteWriter::StandardOutput(CancelToken cancel) {
  // A pipe's own descriptor, opened anew, does not block, and nobody else's becomes other for it.
  struct stat found {};
  int fd = -1;
  if (::fstat(STDOUT_FILENO, &found) == 0 && S_ISFIFO(found.st_mode)) {
    fd = ::open("/proc/self/fd/1", O_WRONLY | O_NONBLOCK | O_CLOEXEC);
  }
  ByteWriter writer(fd < 0 ? STDOUT_FILENO : fd, fd >= 0, "standard output", cancel);
  writer.may_block_ = fd < 0 && !S_ISREG(found.st_mode) && !S_ISBLK(found.st_mode);
  return writer;
}

ByteWriter::ByteWriter(const std::filesystem::path& path, std::string name, CancelToken cancel)
    : fd_(-1), owned_(true), name_(std::move(name)), cancel_(cancel) {
  struct stat found {};
  const bool is_pipe = ::stat(path.c_str(), &found) == 0 && S_ISFIFO(found.st_mode);
  const int flags = O_WRONLY | O_CLOEXEC | (is_pipe ? O_NONBLOCK : O_CREAT | O_TRUNC);
  while ((fd_ = ::open(path.c_str(), flags, 0666)) < 0) {
    cancel_.ThrowIfCancelled();
    if (errno == EINTR) continue;
    if (!is_pipe || errno != ENXIO) Fail(errno);
    ::poll(nullptr, 0, kLongestWaitMs);  // nobody reads yet
  }
}

ByteWriter::ByteWriter(ByteWriter&& other) noexcept
    : fd_(other.fd_),
      owned_(std::exchange(other.owned_, false)),
      may_block_(other.may_block_),
      name_(std::move(other.name_)),
      cancel_(other.cancel_),
      pieces_(std::move(other.pieces_)) {}

ByteWriter& ByteWriter::operator=(ByteWriter&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(owned_, other.owned_);
  std::swap(may_block_, other.may_block_);
  std::swap(name_, other.name_);
  std::swap(cancel_, other.cancel_);
  std::swap(pieces_, other.pieces_);
  return *this;
}

ByteWriter::~ByteWriter() {
  if (owned_) ::close(fd_);
}

void ByteWriter::Fail(int code) const {
  const std::string why =
      code == EPIPE ? "closed pipe: its reader has gone" : std::system_category().message(code);
  throw Error(ErrorCode::kIo, name_ + ": cannot be written: " + why);
}

bool ByteWriter::is_terminal() const { return ::isatty(fd_) == 1; }

void ByteWriter::Write(std::span<const uint8_t> bytes) {
  pieces_.assign(1, {bytes.data(), bytes.size()});
  WritePieces();
}

void ByteWriter::Write(std::span<const std::span<const uint8_t>> pieces) {
  pieces_.clear();
  for (const std::span<const uint8_t> piece : pieces)
    pieces_.push_back({piece.data(), piece.size()});
  WritePieces();
}

void ByteWriter::Write(std::string_view text) {
  pieces_.assign(1, {text.data(), text.size()});
  WritePieces();
}

void ByteWriter::Write(std::string_view head, const ConstPictureView& picture) {
  pieces_.clear();
  pieces_.push_back({head.data(), head.size()});
  for (const ConstPlane& plane : picture.planes) {
    const size_t width = static_cast<size_t>(plane.width);
    if (plane.stride == plane.width) {
      pieces_.push_back({plane.data, width * static_cast<size_t>(plane.height)});
      continue;
    }
    for (int y = 0; y < plane.height; ++y) pieces_.push_back({plane.row(y), width});
  }
  WritePieces();
}

bool ByteWriter::IsReady() {
  pollfd ready{fd_, POLLOUT, 0};
  return ::poll(&ready, 1, kLongestWaitMs) > 0;
}

void ByteWriter::WritePieces() {
  NoBrokenPipeSignal signal;
  iovec vectors[kMostPieces];
  for (size_t first = 0; first < pieces_.size();) {
    size_t count = std::min(pieces_.size() - first, kMostPieces);
    for (size_t i = 0; i < count; ++i) {
      const Piece& piece = pieces_[first + i];
      vectors[i] = {const_cast<void*>(piece.data), piece.size};
    }
    if (may_block_) {
      cancel_.ThrowIfCancelled();
      if (!IsReady()) continue;
      count = 1;
      vectors[0].iov_len = std::min(vectors[0].iov_len, kAtOnce);
    }
    const ssize_t status = ::writev(fd_, vectors, static_cast<int>(count));
    if (status < 0) {
      const int code = errno;
      if (code == EINTR || code == EAGAIN || code == EWOULDBLOCK) {
        if (code != EINTR) IsReady();
        cancel_.ThrowIfCancelled();
        continue;
      }
      if (code == EPIPE) signal.Broken();
      Fail(code);
    }
    size_t written = static_cast<size_t>(status);
    while (first < pieces_.size() && written >= pieces_[first].size) {
      written -= pieces_[first].size;
      ++first;
    }
    if (written > 0) {
      Piece& piece = pieces_[first];
      piece = {static_cast<const uint8_t*>(piece.data) + written, piece.size - written};
    }
  }
}

void ByteWriter::Close() {
  if (!std::exchange(owned_, false)) return;
  if (::close(fd_) != 0) Fail(errno);
}

}  // namespace mouthpiece
