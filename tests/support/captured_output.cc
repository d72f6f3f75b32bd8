#include "support/captured_output.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include <stdexcept>
#include <utility>

namespace mouthpiece::testing {

CapturedOutput::CapturedOutput() {
  ::fflush(stdout);
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  reader_ = ends[0];
  saved_ = ::dup(STDOUT_FILENO);
  ::dup2(ends[1], STDOUT_FILENO);
  ::close(ends[1]);
  thread_ = std::thread([this, fd = ::dup(reader_)] {
    char bytes[4096];
    ssize_t count = 0;
    while ((count = ::read(fd, bytes, sizeof(bytes))) > 0) {
      text_.append(bytes, static_cast<size_t>(count));
    }
    ::close(fd);
  });
}

CapturedOutput::~CapturedOutput() { Restore(); }

void CapturedOutput::SetNonBlocking() {
  ::fcntl(STDOUT_FILENO, F_SETFL, ::fcntl(STDOUT_FILENO, F_GETFL) | O_NONBLOCK);
}

void CapturedOutput::CloseReader() {
  // The thread ends when nothing holds the writing end, which a broken pipe then takes the place
  // of.
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  ::dup2(ends[1], STDOUT_FILENO);
  ::close(ends[0]);
  ::close(ends[1]);
}

void CapturedOutput::Restore() {
  if (saved_ < 0) return;
  ::dup2(saved_, STDOUT_FILENO);
  ::close(std::exchange(saved_, -1));
  thread_.join();
  ::close(reader_);
}

std::string CapturedOutput::Finish() {
  Restore();
  return text_;
}

}  // namespace mouthpiece::testing
