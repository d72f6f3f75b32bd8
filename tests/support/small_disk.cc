#include "support/small_disk.h"

#include <sys/mount.h>

#include <string>

namespace mouthpiece::testing {

SmallDisk::SmallDisk(size_t bytes) {
  const std::string size = "size=" + std::to_string(bytes);
  mounted_ = ::mount("tmpfs", path().c_str(), "tmpfs", 0, size.c_str()) == 0;
}

SmallDisk::~SmallDisk() {
  if (mounted_) ::umount2(path().c_str(), MNT_DETACH);
}

}  // namespace mouthpiece::testing
