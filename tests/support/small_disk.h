// A disk that is soon full.
#ifndef MOUTHPIECE_TESTS_SUPPORT_SMALL_DISK_H_
#define MOUTHPIECE_TESTS_SUPPORT_SMALL_DISK_H_

#include <cstddef>
#include <filesystem>

#include "support/files.h"

namespace mouthpiece::testing {

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
  TempFolder folder_;
  bool mounted_ = false;
};

}  // namespace mouthpiece::testing

#endif  // MOUTHPIECE_TESTS_SUPPORT_SMALL_DISK_H_
