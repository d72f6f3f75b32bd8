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
    PackageFolder folder(parent / "new/", {false, {}});
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
    const PackageFolder folder(parent / "new", {false, {}});
    std::ofstream(folder.path() / "x") << "1";
  }
  EXPECT_EQ(EntriesIn(parent.path()), 0U);
}

TEST(PackageFolder, ReplacesAPackageOnlyWhenToldTo) {
  const TempFolder parent;
  parent.Write("old/cache/crop_rectangles.json", "[]");
  ExpectError(ErrorCode::kInvalidArgument, {"old: exists already", "--overwrite"}, [&] {
    PackageFolder(parent / "old", {false, {}});
  });
  {
    PackageFolder folder(parent / "old", {true, {}});
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
    ExpectError(ErrorCode::kInvalidArgument, {name, "no avatar package"}, [&] {
      PackageFolder(parent / name, {true, {}});
    });
  }
  EXPECT_EQ(ReadFile(parent / "holiday/beach.jpg"), "precious");
  EXPECT_EQ(EntriesIn(parent.path()), 2U);
}

TEST(PackageFolder, TakesTheNameOfAnEmptyFolder) {
  const TempFolder parent;
  fs::create_directory(parent / "empty");
  PackageFolder folder(parent / "empty", {true, {}});
  std::ofstream(folder.path() / "x") << "1";
  folder.Commit();
  EXPECT_EQ(ReadFile(parent / "empty/x"), "1");
}

TEST(PackageFolder, MayBeMadeBesideAnotherOfItsName) {
  const TempFolder parent;
  {
    PackageFolder first(parent / "new", {true, {}});
    PackageFolder second(parent / "new", {true, {}});
    fs::create_directory(first.path() / "cache");
    std::ofstream(first.path() / "cache/crop_rectangles.json") << "[]";
    std::ofstream(second.path() / "x") << "2";
    first.Commit();
    ExpectError(ErrorCode::kIo, {"new: appeared", "the finished output is ", "new-2"},
                [&] { second.Commit(); });
  }
  EXPECT_EQ(ReadFile(parent / "new/cache/crop_rectangles.json"), "[]");
  EXPECT_EQ(ReadFile(parent / "new-2/x"), "2");
  EXPECT_EQ(EntriesIn(parent.path()), 2U);
}

TEST(PackageFolder, DoesNotReplaceWhatAppearedMeanwhile) {
  const TempFolder parent;
  for (const bool overwrite : {false, true}) {
    PackageFolder folder(parent / "new", {overwrite, {}});
    parent.Write("new/beach.jpg", "precious");
    std::ofstream(folder.path() / "x") << "1";
    ExpectError(ErrorCode::kIo, {"new: appeared", "new-2"}, [&] { folder.Commit(); });
    EXPECT_EQ(ReadFile(parent / "new/beach.jpg"), "precious");
    EXPECT_EQ(ReadFile(parent / "new-2/x"), "1");
    fs::remove_all(parent / "new");
    fs::remove_all(parent / "new-2");
  }
  EXPECT_EQ(EntriesIn(parent.path()), 0U);
}

TEST(PackageFolder, HasThePermissionsOfWhatItReplaces) {
  const TempFolder parent;
  parent.Write("old/cache/crop_rectangles.json", "[]");
  fs::permissions(parent / "old", fs::perms(0750));
  fs::permissions(parent / "old/cache/crop_rectangles.json", fs::perms(0600));
  PackageFolder folder(parent / "old", {true, {}});
  fs::create_directory(folder.path() / "cache");
  std::ofstream(folder.path() / "cache/crop_rectangles.json") << "[1]";
  folder.Commit();
  EXPECT_EQ(fs::status(parent / "old").permissions(), fs::perms(0750));
  EXPECT_EQ(ReadFile(parent / "old/cache/crop_rectangles.json"), "[1]");
  EXPECT_EQ(fs::status(parent / "old/cache/crop_rectangles.json").permissions(), fs::perms(0600));
}

TEST(PackageFolder, NeverReplacesWhatHoldsAnInput) {
  const TempFolder parent;
  parent.Write("old/cache/crop_rectangles.json", "[]");
  parent.Write("old/frames/0.jpg", "precious");
  fs::create_directory_symlink(parent / "old", parent / "link");
  for (const char* input : {"old", "old/frames", "link/frames/0.jpg"}) {
    ExpectError(ErrorCode::kInvalidArgument, {"old: is or holds", input}, [&] {
      PackageFolder(parent / "old", {true, {parent / input}});
    });
  }
  PackageFolder(parent / "old", {true, {parent / "older"}});
}

TEST(PackageFolder, NeedsANameAndAPlace) {
  const TempFolder parent;
  for (const char* name : {"", ".", "..", "/"}) {
    ExpectError(ErrorCode::kInvalidArgument, {"no name"}, [&] { PackageFolder(name, {true, {}}); });
  }
  ExpectError(ErrorCode::kIo, {"nowhere/new: cannot be created"}, [&] {
    PackageFolder(parent / "nowhere/new", {false, {}});
  });
}

}  // namespace
}  // namespace mouthpiece
