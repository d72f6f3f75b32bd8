// Fuzzed bytes for readers that want the path of a file.
#ifndef MOUTHPIECE_FUZZ_MEMORY_FILE_H_
#define MOUTHPIECE_FUZZ_MEMORY_FILE_H_

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

namespace mouthpiece::fuzz {

/// A folder that is removed when the program ends, on a file system in memory where there is one.
const std::filesystem::path& ScratchFolder();

/// A regular file without a disk (memfd), which is filled again for each input.
class MemoryFile {
 public:
  /// `name`, if given, is what it is called in ScratchFolder(); folders before it are made.
  explicit MemoryFile(const std::string& name = "");
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  ~MemoryFile();

  const std::filesystem::path& path() const { return path_; }
  void Write(std::span<const uint8_t> bytes);

 private:
  int descriptor_ = -1;
  std::filesystem::path path_;
};

}  // namespace mouthpiece::fuzz

#endif  // MOUTHPIECE_FUZZ_MEMORY_FILE_H_
