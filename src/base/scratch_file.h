// A file without a name for what was decoded and will be needed again.
#ifndef MOUTHPIECE_BASE_SCRATCH_FILE_H_
#define MOUTHPIECE_BASE_SCRATCH_FILE_H_

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

namespace mouthpiece {

/// $TMPDIR; if unset /var/tmp, which is on a disk where /tmp may be memory; else /tmp.
std::filesystem::path ScratchFolder();

/// Bytes that a scratch file in `folder` may take: half of what is free there. 0 when there is no
/// such folder.
uint64_t ScratchRoom(const std::filesystem::path& folder);

/// Bytes that are written once and read back at any place. The file never has a name, so nothing
/// is left of it however the program ends. What was written lies in the system's page cache as
/// far as that has room, then on the disk. Thread-safe for ranges that do not overlap.
class ScratchFile {
 public:
  /// Reserves `bytes` on the disk where the file system can; 0: nothing. `content` is what messages
  /// say that the file is for. Throws Error (kIo).
  ScratchFile(const std::filesystem::path& folder, uint64_t bytes,
              std::string content = "decoded frames");
  ~ScratchFile();
  ScratchFile(const ScratchFile&) = delete;
  ScratchFile& operator=(const ScratchFile&) = delete;

  /// Throw Error (kIo) naming the folder.
  void Write(uint64_t offset, std::span<const uint8_t> bytes);
  void Read(uint64_t offset, std::span<uint8_t> bytes) const;

 private:
  [[noreturn]] void Fail(const char* what, int error) const;

  const std::filesystem::path folder_;
  const std::string content_;
  int file_ = -1;
};

}  // namespace mouthpiece

#endif  // MOUTHPIECE_BASE_SCRATCH_FILE_H_
