#include "sink/test_support.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <utility>

namespace mouthpiece::testing {

TemporaryFolder::TemporaryFolder() {
  std::string name = ::testing::TempDir() + "/mouthpiece-test-XXXXXX";
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

SmallDisk::SmallDisk(size_t bytes) {
  const std::string size = "size=" + std::to_string(bytes);
  mounted_ = ::mount("tmpfs", path().c_str(), "tmpfs", 0, size.c_str()) == 0;
}

SmallDisk::~SmallDisk() {
  if (mounted_) ::umount2(path().c_str(), MNT_DETACH);
}

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

std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error(path.string() + ": cannot be read");
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

void WriteFile(const std::filesystem::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

std::vector<std::string> NamesIn(const std::filesystem::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    names.push_back(std::filesystem::relative(entry.path(), folder).string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace mouthpiece::testing
