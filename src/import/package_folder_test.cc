#include "import/package_folder.h"

#include <gtest/gtest.h>

#include <fstream>

#include "support/errors.h"
#include "support/files.h"

namespace mouthpiece {
namespace {

namespace fs = std::filesystem;
using testing::ExpectError;
using testing::ReadFile;
using testing::TempFolder;

size_t EntriesIn(const fs::path& folder) {
  return static_cast<size_t>(std::distance(fs::directory_iterator(folder), {}));
}

TEST(PackageFolder, AppearsWhenItIsCommitted) {
  const TempFolder parent;
  {
    PackageFolder folder(parent / "new/", false);
    std::ofstream(folder.path() / "x") << "1";
    EXPECT_FALSE(fs::exists(parent / "new"));
    folder.Commit();
  }
  EXPECT_EQ(ReadFile(parent / "new/x"), "1");
  EXPECT_EQ(EntriesIn(parent.path()), 1U);
}

TEST(PackageFolder, LeavesNothingWhenItIsNotCommitted) {
  const TempFolder parent;
  {
    const PackageFolder folder(parent / "new", false);
    std::ofstream(folder.path() / "x") << "1";
  }
  EXPECT_EQ(EntriesIn(parent.path()), 0U);
}

TEST(PackageFolder, ReplacesAPackageOnlyWhenToldTo) {
  const TempFolder parent;
  parent.Write("old/cache/crop_rectangles.json", "[]");
  ExpectError(ErrorCode::kInvalidArgument, {"old: exists already", "--overwrite"},
              [&] { PackageFolder(parent / "old", false); });
  {
    PackageFolder folder(parent / "old", true);
    std::ofstream(folder.path() / "x") << "1";
    EXPECT_TRUE(fs::exists(parent / "old/cache"));
    folder.Commit();
  }
  EXPECT_FALSE(fs::exists(parent / "old/cache"));
  EXPECT_EQ(ReadFile(parent / "old/x"), "1");
  EXPECT_EQ(EntriesIn(parent.path()), 1U);
}

TEST(PackageFolder, NeverReplacesWhatIsNoPackage) {
  const TempFolder parent;
  parent.Write("holiday/beach.jpg", "precious");
  parent.Write("file", "precious");
  for (const char* name : {"holiday", "file"}) {
    ExpectError(ErrorCode::kInvalidArgument, {name, "no avatar package"},
                [&] { PackageFolder(parent / name, true); });
  }
  EXPECT_EQ(ReadFile(parent / "holiday/beach.jpg"), "precious");
  EXPECT_EQ(EntriesIn(parent.path()), 2U);
}

TEST(PackageFolder, TakesTheNameOfAnEmptyFolder) {
  const TempFolder parent;
  fs::create_directory(parent / "empty");
  PackageFolder folder(parent / "empty", true);
  std::ofstream(folder.path() / "x") << "1";
  folder.Commit();
  EXPECT_EQ(ReadFile(parent / "empty/x"), "1");
}

TEST(PackageFolder, MayBeMadeBesideAnotherOfItsName) {
  const TempFolder parent;
  PackageFolder first(parent / "new", true);
  PackageFolder second(parent / "new", true);
  fs::create_directory(first.path() / "cache");
  std::ofstream(first.path() / "cache/crop_rectangles.json") << "[]";
  std::ofstream(second.path() / "x") << "2";
  first.Commit();
  second.Commit();
  EXPECT_EQ(ReadFile(parent / "new/x"), "2");
  EXPECT_EQ(EntriesIn(parent.path()), 1U);
}

TEST(PackageFolder, DoesNotReplaceWhatAppearedMeanwhile) {
  const TempFolder parent;
  for (const bool overwrite : {false, true}) {
    PackageFolder folder(parent / "new", overwrite);
    parent.Write("new/beach.jpg", "precious");
    ExpectError(ErrorCode::kIo, {"new: cannot be renamed to"}, [&] { folder.Commit(); });
    EXPECT_EQ(ReadFile(parent / "new/beach.jpg"), "precious");
    fs::remove_all(parent / "new");
  }
  EXPECT_EQ(EntriesIn(parent.path()), 0U);
}

TEST(PackageFolder, NeedsANameAndAPlace) {
  const TempFolder parent;
  for (const char* name : {"", ".", "..", "/"}) {
    ExpectError(ErrorCode::kInvalidArgument, {"no name"}, [&] { PackageFolder(name, true); });
  }
  ExpectError(ErrorCode::kIo, {"nowhere/new: cannot be created"},
              [&] { PackageFolder(parent / "nowhere/new", false); });
}

}  // namespace
}  // namespace mouthpiece
