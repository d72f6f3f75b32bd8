// Folders, files and standard output for the tests of sinks.
#ifndef MOUTHPIECE_SINK_TEST_SUPPORT_H_
#define MOUTHPIECE_SINK_TEST_SUPPORT_H_

#include <filesystem>
#include <string>
#include <thread>
#include <vector>

namespace mouthpiece::testing {

/// An empty folder that is gone afterwards.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// A folder that holds `bytes` at most. Needs the right to mount.
class SmallDisk {
 public:
  explicit SmallDisk(size_t bytes);
  ~SmallDisk();
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  bool mounted() const { return mounted_; }
  const std::filesystem::path& path() const { return folder_.path(); }

 private:
  TemporaryFolder folder_;
  bool mounted_ = false;
};

/// Takes this process's standard output while it lives.
class CapturedOutput {
 public:
  CapturedOutput();
  ~CapturedOutput();
  CapturedOutput(const CapturedOutput&) = delete;
  CapturedOutput& operator=(const CapturedOutput&) = delete;

  void SetNonBlocking();
  void CloseReader();
  /// What was written, after giving standard output back.
  std::string Finish();

 private:
  void Restore();

  int reader_ = -1;
  int saved_ = -1;
  std::string text_;
  std::thread thread_;
};

std::string ReadFile(const std::filesystem::path& path);
void WriteFile(const std::filesystem::path& path, const std::string& text);

/// Names of everything below `folder`, hidden or not, sorted.
std::vector<std::string> NamesIn(const std::filesystem::path& folder);

}  // namespace mouthpiece::testing

#endif  // MOUTHPIECE_SINK_TEST_SUPPORT_H_
