#include "sink/partial_output.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "mouthpiece/error.h"
#include "support/files.h"

namespace mouthpiece {
namespace {

using testing::NamesIn;
using testing::ReadFile;
using testing::TempFolder;
using testing::WriteFile;
using Names = std::vector<std::string>;

template <typename Action>
void ExpectError(ErrorCode code, const std::string& words, Action action) {
  try {
    action();
    FAIL() << "an error was expected: " << words;
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code) << error.what();
    EXPECT_NE(std::string(error.what()).find(words), std::string::npos) << error.what();
  }
}

TEST(PartialFile, AppearsWhenItIsCommitted) {
  const TempFolder folder;
  const std::filesystem::path name = folder.path() / "a.mp4";
  PartialFile file(name, false);
  WriteFile(file.path(), "new");
  EXPECT_EQ(file.path().parent_path(), folder.path());
  EXPECT_FALSE(std::filesystem::exists(name));
  file.Commit();
  EXPECT_EQ(NamesIn(folder.path()), Names{"a.mp4"});
  EXPECT_EQ(ReadFile(name), "new");
}

TEST(PartialFile, LeavesNothingWhenItIsGivenUp) {
  const TempFolder folder;
  { PartialFile file(folder.path() / "a.mp4", false); }
  EXPECT_TRUE(NamesIn(folder.path()).empty());
}

TEST(PartialFile, KeepsAnOldFileUntilTheNewOneIsComplete) {
  const TempFolder folder;
  const std::filesystem::path name = folder.path() / "a";
  WriteFile(name, "old");
  { PartialFile given_up(name, true); }
  EXPECT_EQ(ReadFile(name), "old");
  PartialFile file(name, true);
  WriteFile(file.path(), "new");
  EXPECT_EQ(ReadFile(name), "old");
  file.Commit();
  EXPECT_EQ(ReadFile(name), "new");
}

TEST(PartialFile, DoesNotReplaceWithoutBeingToldTo) {
  const TempFolder folder;
  const std::filesystem::path name = folder.path() / "a";
  std::optional<PartialFile> early(std::in_place, name, false);
  WriteFile(name, "appeared meanwhile");
  ExpectError(ErrorCode::kInvalidArgument, "exists already", [&] { PartialFile(name, false); });
  ExpectError(ErrorCode::kIo, name.string(), [&] { early->Commit(); });
  early.reset();
  EXPECT_EQ(NamesIn(folder.path()), Names{"a"});
  EXPECT_EQ(ReadFile(name), "appeared meanwhile");
}

TEST(PartialFile, SeveralOfOneNameDoNotMeet) {
  const TempFolder folder;
  const std::filesystem::path name = folder.path() / "a";
  PartialFile first(name, true);
  PartialFile second(name, true);
  EXPECT_NE(first.path(), second.path());
}

TEST(PartialFile, ReplacesWhatALinkNames) {
  const TempFolder folder;
  WriteFile(folder.path() / "target", "old");
  std::filesystem::create_symlink("target", folder.path() / "link");
  PartialFile file(folder.path() / "link", true);
  WriteFile(file.path(), "new");
  file.Commit();
  EXPECT_TRUE(std::filesystem::is_symlink(folder.path() / "link"));
  EXPECT_EQ(ReadFile(folder.path() / "target"), "new");
}

TEST(PartialFile, WritesDevicesDirectly) {
  PartialFile file("/dev/null", false);
  EXPECT_EQ(file.path(), "/dev/null");
  file.Commit();
}

TEST(PartialFile, TakesLongNames) {
  const TempFolder folder;
  const std::string name(250, 'n');
  PartialFile file(folder.path() / name, false);
  file.Commit();
  EXPECT_EQ(NamesIn(folder.path()), Names{name});
}

TEST(PartialFile, SaysWhyItCannotBeCreated) {
  const TempFolder folder;
  ExpectError(ErrorCode::kInvalidArgument, "is a folder",
              [&] { PartialFile(folder.path(), true); });
  ExpectError(ErrorCode::kIo, "missing/a: cannot be created: No such file or directory",
              [&] { PartialFile(folder.path() / "missing" / "a", true); });
}

TEST(PartialFolder, AppearsWithAllItsFiles) {
  const TempFolder parent;
  for (const char* name : {"a", "b/"}) {
    PartialFolder folder(parent.path() / name);
    WriteFile(folder.path() / "1", "one");
    EXPECT_FALSE(std::filesystem::exists(parent.path() / name));
    folder.Commit(false);
  }
  EXPECT_EQ(NamesIn(parent.path()), (Names{"a", "a/1", "b", "b/1"}));
}

TEST(PartialFolder, LeavesNothingWhenItIsGivenUp) {
  const TempFolder parent;
  std::filesystem::create_directory(parent.path() / "old");
  for (const char* name : {"new", "old"}) {
    PartialFolder folder(parent.path() / name);
    WriteFile(folder.path() / "1", "one");
  }
  EXPECT_EQ(NamesIn(parent.path()), Names{"old"});
}

TEST(PartialFolder, AddsToAFolderThatExists) {
  const TempFolder parent;
  WriteFile(parent.path() / "1", "old");
  WriteFile(parent.path() / "other", "other");
  PartialFolder folder(parent.path());
  WriteFile(folder.path() / "1", "new");
  WriteFile(folder.path() / "2", "new");
  EXPECT_EQ(ReadFile(parent.path() / "1"), "old");
  folder.Commit(true);
  EXPECT_EQ(NamesIn(parent.path()), (Names{"1", "2", "other"}));
  EXPECT_EQ(ReadFile(parent.path() / "1"), "new");
}

TEST(PartialFolder, AddsToAFolderThatAppearedMeanwhile) {
  const TempFolder parent;
  for (const bool overwrite : {false, true}) {
    const std::filesystem::path name = parent.path() / (overwrite ? "a" : "b");
    PartialFolder first(name);
    PartialFolder second(name);
    WriteFile(first.path() / "1", "one");
    WriteFile(second.path() / "2", "two");
    first.Commit(overwrite);
    second.Commit(overwrite);
    EXPECT_EQ(NamesIn(name), (Names{"1", "2"}));
  }
  EXPECT_EQ(NamesIn(parent.path()), (Names{"a", "a/1", "a/2", "b", "b/1", "b/2"}));
}

TEST(PartialFolder, TakesBackWhatItMovedWhenAFileIsInTheWay) {
  const TempFolder parent;
  {
    PartialFolder folder(parent.path());
    for (int i = 0; i < 20; ++i) WriteFile(folder.path() / std::to_string(i), "new");
    WriteFile(parent.path() / "7", "appeared meanwhile");
    ExpectError(ErrorCode::kIo, (parent.path() / "7").string(), [&] { folder.Commit(false); });
  }
  EXPECT_EQ(NamesIn(parent.path()), Names{"7"});
  EXPECT_EQ(ReadFile(parent.path() / "7"), "appeared meanwhile");
}

TEST(PartialFolder, SaysWhyItCannotBeCreated) {
  const TempFolder parent;
  WriteFile(parent.path() / "file", "");
  ExpectError(ErrorCode::kInvalidArgument, "is no folder",
              [&] { PartialFolder(parent.path() / "file"); });
  ExpectError(ErrorCode::kIo, "No such file or directory",
              [&] { PartialFolder(parent.path() / "missing" / "folder"); });
}

}  // namespace
}  // namespace mouthpiece
