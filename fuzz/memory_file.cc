#include "memory_file.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>

namespace mouthpiece::fuzz {
namespace {

namespace fs = std::filesystem;

struct Scratch {
  Scratch() {
    std::error_code code;
    const char* const wanted = std::getenv("TEST_TMPDIR");
    const fs::path parent = wanted != nullptr                    ? fs::path(wanted)
                            : fs::is_directory("/dev/shm", code) ? fs::path("/dev/shm")
                                                                 : fs::temp_directory_path();
    std::string name = (parent / "mouthpiece-fuzz-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) std::abort();
    folder = name;
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() {
    std::error_code ignored;
    fs::remove_all(folder, ignored);
  }

  fs::path folder;
};

}  // namespace

const fs::path& ScratchFolder() {
  static const Scratch scratch;
  return scratch.folder;
}

MemoryFile::MemoryFile(const std::string& name) : descriptor_(::memfd_create("input", 0)) {
  if (descriptor_ < 0) std::abort();
  path_ = "/proc/self/fd/" + std::to_string(descriptor_);
  if (name.empty()) return;
  const fs::path link = ScratchFolder() / name;
  fs::create_directories(link.parent_path());
  fs::create_symlink(path_, link);
  path_ = link;
}

MemoryFile::~MemoryFile() { ::close(descriptor_); }

void MemoryFile::Write(std::span<const uint8_t> bytes) {
  if (::ftruncate(descriptor_, static_cast<off_t>(bytes.size())) != 0) std::abort();
  const auto size = static_cast<ssize_t>(bytes.size());
  if (::pwrite(descriptor_, bytes.data(), bytes.size(), 0) != size) std::abort();
}

}  // namespace mouthpiece::fuzz
