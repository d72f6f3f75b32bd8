#include "base/whole_file.h"

#include <gtest/gtest.h>

#include <string>

#include "support/errors.h"
#include "support/files.h"
#include "support/small_disk.h"

namespace mouthpiece {
namespace {

using testing::ExpectError;
using testing::ReadFile;
using testing::TempFolder;

TEST(WholeFile, IsWrittenAndCopied) {
  const TempFolder folder;
  std::string bytes((size_t{5} << 20) + 3, 'x');
  bytes[bytes.size() / 2] = '\0';
  WriteWholeFile(folder / "a", bytes);
  CopyWholeFile(folder / "a", folder / "b");
  EXPECT_EQ(ReadFile(folder / "b"), bytes);
}

TEST(WholeFile, ErrorsNameTheFileThatIsAtFault) {
  const TempFolder folder;
  folder.Write("a", "x");
  ExpectError(ErrorCode::kBadMedia, {"none: cannot be read: No such file"},
              [&] { CopyWholeFile(folder / "none", folder / "b"); });
  ExpectError(ErrorCode::kIo, {"no/b: cannot be written: No such file"},
              [&] { CopyWholeFile(folder / "a", folder / "no/b"); });
  ExpectError(ErrorCode::kIo, {"no/b: cannot be written"},
              [&] { WriteWholeFile(folder / "no/b", "x"); });
}

TEST(WholeFile, OnAFullDiskIsTheDisksFault) {
  const testing::SmallDisk disk(size_t{64} << 10);
  if (!disk.mounted()) GTEST_SKIP() << "no right to mount a small disk";
  const TempFolder folder;
  folder.Write("a", std::string(size_t{1} << 20, 'x'));
  ExpectError(ErrorCode::kIo, {(disk.path() / "b").string(), "No space left on device"},
              [&] { CopyWholeFile(folder / "a", disk.path() / "b"); });
}

}  // namespace
}  // namespace mouthpiece
