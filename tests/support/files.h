// Folders and files of a test's own.
#ifndef MOUTHPIECE_TESTS_SUPPORT_FILES_H_
#define MOUTHPIECE_TESTS_SUPPORT_FILES_H_

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace mouthpiece::testing {

/// A new folder of this test's own, removed at the end.
class TempFolder {
 public:
  TempFolder();
  ~TempFolder();
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

  /// Makes the folders above it, too.
  std::filesystem::path Write(const std::string& name, std::string_view content) const;

 private:
  std::filesystem::path path_;
};

/// A folder of this test's own, empty, which stays for whoever looks into a failure. `part` tells
/// several of one test apart.
std::filesystem::path EmptyFolder(const std::string& part = {});

std::string ReadFile(const std::filesystem::path& path);
void WriteFile(const std::filesystem::path& path, std::string_view text);

std::vector<uint8_t> ReadBytes(const std::filesystem::path& path);
void WriteBytes(const std::filesystem::path& path, const std::vector<uint8_t>& bytes);

/// Copies a file with the bytes in its middle overwritten.
void DamageMiddle(const std::filesystem::path& from, const std::filesystem::path& to);

/// Names of everything below `folder`, hidden or not, sorted.
std::vector<std::string> NamesIn(const std::filesystem::path& folder);

/// Runs `ffmpeg ARGUMENTS`; a test failure when that fails.
void Ffmpeg(const std::string& arguments);

}  // namespace mouthpiece::testing

#endif  // MOUTHPIECE_TESTS_SUPPORT_FILES_H_
