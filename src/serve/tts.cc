#include "serve/tts.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <system_error>
#include <utility>

#include "mouthpiece/error.h"

extern char** environ;

namespace mouthpiece::serve {
namespace {

using Steady = std::chrono::steady_clock;

constexpr int kPollMs = 20;

[[noreturn]] void Fail(ErrorCode code, const std::string& what) {
  throw Error(code, "--tts: " + what);
}

std::string SystemText(int error) { return std::generic_category().message(error); }

class FileDescriptor {
 public:
  explicit FileDescriptor(int number = -1) : number_(number) {}
  FileDescriptor(FileDescriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~FileDescriptor() { Close(); }
  void Close() {
    if (number_ >= 0) close(std::exchange(number_, -1));
  }
  int get() const { return number_; }

 private:
  int number_;
};

struct Pipe {
  Pipe() {
    std::array<int, 2> ends = {};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) Fail(ErrorCode::kInternal, SystemText(errno));
    reading = FileDescriptor(ends[0]);
    writing = FileDescriptor(ends[1]);
  }
  FileDescriptor reading;
  FileDescriptor writing;
};

/// As write, but a reader that has gone is an error and no signal, which may end the program.
ssize_t WriteQuietly(int file, std::string_view text) {
  sigset_t broken_pipe;
  sigset_t before;
  sigemptyset(&broken_pipe);
  sigaddset(&broken_pipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &broken_pipe, &before);
  const ssize_t wrote = write(file, text.data(), text.size());
  const int error = errno;
  if (wrote < 0 && error == EPIPE) {
    const timespec now = {};
    sigtimedwait(&broken_pipe, nullptr, &now);
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  errno = error;
  return wrote;
}

/// A program that is ended, with its group, when this goes.
class Child {
 public:
  Child(const std::vector<std::string>& command, int input, int output) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);  // sockets
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF);
    posix_spawnattr_setpgroup(&attributes, 0);
    sigset_t ignored;  // what this program ignores is not the child's business
    sigemptyset(&ignored);
    sigaddset(&ignored, SIGPIPE);
    sigaddset(&ignored, SIGXFSZ);
    sigaddset(&ignored, SIGTERM);
    posix_spawnattr_setsigdefault(&attributes, &ignored);
    std::vector<char*> arguments;
    for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    const int failed =
        posix_spawnp(&pid_, arguments[0], &actions, &attributes, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    if (failed != 0) {
      pid_ = -1;
      Fail(ErrorCode::kInvalidArgument, command[0] + ": " + SystemText(failed));
    }
  }
  ~Child() {
    if (pid_ < 0) return;
    kill(-pid_, SIGKILL);
    Wait();
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  /// Of one that has ended or ends by itself.
  int Wait() {
    int status = 0;
    while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) continue;
    pid_ = -1;
    return status;
  }
  bool HasEnded(int& status) {
    const pid_t ended = waitpid(pid_, &status, WNOHANG);
    if (ended != pid_) return false;
    pid_ = -1;
    return true;
  }

 private:
  pid_t pid_ = -1;
};

}  // namespace

std::vector<std::string> SplitCommand(std::string_view command) {
  std::vector<std::string> words;
  std::string word;
  bool in_word = false;
  char quote = 0;
  for (size_t i = 0; i < command.size(); ++i) {
    const char c = command[i];
    if (quote != 0) {
      if (c == quote) {
        quote = 0;
      } else if (c == '\\' && quote == '"' && i + 1 < command.size()) {
        word += command[++i];
      } else {
        word += c;
      }
    } else if (c == '\'' || c == '"') {
      quote = c;
      in_word = true;
    } else if (c == '\\' && i + 1 < command.size()) {
      word += command[++i];
      in_word = true;
    } else if (c == ' ' || c == '\t' || c == '\n') {
      if (std::exchange(in_word, false)) words.push_back(std::exchange(word, {}));
    } else {
      word += c;
      in_word = true;
    }
  }
  if (quote != 0) Fail(ErrorCode::kInvalidArgument, "expected a quote that ends, found one open");
  if (in_word) words.push_back(word);
  if (words.empty()) Fail(ErrorCode::kInvalidArgument, "expected a command, found none");
  return words;
}

void RequireProgram(const std::string& name) {
  namespace fs = std::filesystem;
  const auto is_program = [](const fs::path& path) {
    std::error_code none;
    return fs::is_regular_file(path, none) && access(path.c_str(), X_OK) == 0;
  };
  if (name.find('/') != std::string::npos) {
    if (is_program(name)) return;
    Fail(ErrorCode::kInvalidArgument, "expected a program, found none that is " + name);
  }
  const char* const folders = std::getenv("PATH");  // NOLINT(concurrency-mt-unsafe)
  std::istringstream left(folders != nullptr ? folders : "");
  for (std::string folder; std::getline(left, folder, ':');) {
    if (is_program(fs::path(folder.empty() ? "." : folder) / name)) return;
  }
  Fail(ErrorCode::kInvalidArgument,
       "expected a program, found no " + name + " in the folders of PATH");
}

std::vector<uint8_t> RunTts(const std::vector<std::string>& command, std::string_view text,
                            const TtsLimits& limits, const std::function<bool()>& is_dropped) {
  Pipe input;
  Pipe output;
  Child child(command, input.reading.get(), output.writing.get());
  input.reading.Close();
  output.writing.Close();
  fcntl(input.writing.get(), F_SETFL, O_NONBLOCK);
  const Steady::time_point end = Steady::now() + limits.time;
  std::vector<uint8_t> sound;
  while (true) {
    if (is_dropped()) Fail(ErrorCode::kCancelled, "cancelled");
    if (Steady::now() > end) Fail(ErrorCode::kBadMedia, command[0] + " took too long");
    std::array<pollfd, 2> files = {
        {{output.reading.get(), POLLIN, 0}, {input.writing.get(), POLLOUT, 0}}};
    if (poll(files.data(), files.size(), kPollMs) <= 0) continue;
    if (files[1].revents != 0) {
      const ssize_t wrote = WriteQuietly(input.writing.get(), text);
      if (wrote > 0) text.remove_prefix(static_cast<size_t>(wrote));
      const bool failed = wrote < 0 && errno != EAGAIN && errno != EINTR;
      if (text.empty() || failed) input.writing.Close();  // it may not want all of it
    }
    if (files[0].revents == 0) continue;
    std::array<uint8_t, 65536> bytes;
    const ssize_t got = read(output.reading.get(), bytes.data(), bytes.size());
    if (got < 0 && errno != EINTR) Fail(ErrorCode::kInternal, SystemText(errno));
    if (got == 0) break;
    if (got > 0) sound.insert(sound.end(), bytes.begin(), bytes.begin() + got);
    if (sound.size() > limits.bytes) Fail(ErrorCode::kBadMedia, command[0] + " wrote too much");
  }
  int status = 0;
  while (!child.HasEnded(status)) {
    if (is_dropped()) Fail(ErrorCode::kCancelled, "cancelled");
    if (Steady::now() > end) Fail(ErrorCode::kBadMedia, command[0] + " took too long");
    poll(nullptr, 0, 1);
  }
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    Fail(ErrorCode::kBadMedia,
         command[0] + (WIFEXITED(status) ? " ended with " + std::to_string(WEXITSTATUS(status))
                                         : " was ended by a signal"));
  }
  if (sound.empty()) Fail(ErrorCode::kBadMedia, command[0] + " wrote no sound");
  return sound;
}

}  // namespace mouthpiece::serve
