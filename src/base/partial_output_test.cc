#include "base/partial_output.h"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <thread>

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
  PartialFile file(name, {false});
  WriteFile(file.path(), "new");
  EXPECT_EQ(file.path().parent_path(), folder.path());
  EXPECT_FALSE(std::filesystem::exists(name));
  file.Commit();
  EXPECT_EQ(NamesIn(folder.path()), Names{"a.mp4"});
  EXPECT_EQ(ReadFile(name), "new");
}

TEST(PartialFile, LeavesNothingWhenItIsGivenUp) {
  const TempFolder folder;
  { PartialFile file(folder.path() / "a.mp4", {false}); }
  EXPECT_TRUE(NamesIn(folder.path()).empty());
}

TEST(PartialFile, KeepsAnOldFileUntilTheNewOneIsComplete) {
  const TempFolder folder;
  const std::filesystem::path name = folder.path() / "a";
  WriteFile(name, "old");
  { PartialFile given_up(name, {true}); }
  EXPECT_EQ(ReadFile(name), "old");
  PartialFile file(name, {true});
  WriteFile(file.path(), "new");
  EXPECT_EQ(ReadFile(name), "old");
  file.Commit();
  EXPECT_EQ(ReadFile(name), "new");
}

TEST(PartialFile, DoesNotReplaceWithoutBeingToldTo) {
  const TempFolder folder;
  const std::filesystem::path name = folder.path() / "a";
  std::optional<PartialFile> early(std::in_place, name, OutputRules{false});
  WriteFile(name, "appeared meanwhile");
  ExpectError(ErrorCode::kInvalidArgument, "exists already", [&] { PartialFile(name, {false}); });
  WriteFile(early->path(), "finished");
  ExpectError(ErrorCode::kIo, "the finished output is " + (folder.path() / "a-2").string(),
              [&] { early->Commit(); });
  early.reset();
  EXPECT_EQ(NamesIn(folder.path()), (Names{"a", "a-2"}));
  EXPECT_EQ(ReadFile(folder.path() / "a-2"), "finished");
  EXPECT_EQ(ReadFile(name), "appeared meanwhile");
}

TEST(PartialFile, SeveralOfOneNameDoNotMeet) {
  const TempFolder folder;
  const std::filesystem::path name = folder.path() / "a";
  PartialFile first(name, {true});
  PartialFile second(name, {true});
  EXPECT_NE(first.path(), second.path());
}

TEST(PartialFile, ReplacesWhatALinkNames) {
  const TempFolder folder;
  WriteFile(folder.path() / "target", "old");
  std::filesystem::create_symlink("target", folder.path() / "link");
  PartialFile file(folder.path() / "link", {true});
  WriteFile(file.path(), "new");
  file.Commit();
  EXPECT_TRUE(std::filesystem::is_symlink(folder.path() / "link"));
  EXPECT_EQ(ReadFile(folder.path() / "target"), "new");
}

TEST(PartialFile, MakesWhatALinkNames) {
  const TempFolder folder;
  std::filesystem::create_symlink("target", folder.path() / "link");
  std::filesystem::create_symlink("link", folder.path() / "chain");
  PartialFile file(folder.path() / "chain", {});
  WriteFile(file.path(), "new");
  file.Commit();
  EXPECT_TRUE(std::filesystem::is_symlink(folder.path() / "chain"));
  EXPECT_EQ(ReadFile(folder.path() / "target"), "new");
  EXPECT_TRUE(std::filesystem::is_symlink(folder.path() / "link"));
}

TEST(PartialFile, HasThePermissionsOfWhatItReplaces) {
  const TempFolder folder;
  const std::filesystem::path name = folder.path() / "a";
  for (const auto mode : {0600, 0644, 0444, 0755}) {
    WriteFile(folder.path() / "old", "old");
    std::filesystem::rename(folder.path() / "old", name);
    std::filesystem::permissions(name, std::filesystem::perms(mode));
    PartialFile file(name, {true});
    WriteFile(file.path(), "new");
    file.Commit();
    EXPECT_EQ(std::filesystem::status(name).permissions(), std::filesystem::perms(mode));
    EXPECT_EQ(ReadFile(name), "new");
  }
}

TEST(PartialFile, KeepsBothWhenTwoReplaceOneFile) {
  const TempFolder folder;
  const std::filesystem::path name = folder.path() / "a.mp4";
  WriteFile(name, "old");
  {
    PartialFile first(name, {true});
    PartialFile second(name, {true});
    WriteFile(first.path(), "first");
    WriteFile(second.path(), "second");
    first.Commit();
    ExpectError(ErrorCode::kIo, "a-2.mp4", [&] { second.Commit(); });
  }
  EXPECT_EQ(NamesIn(folder.path()), (Names{"a-2.mp4", "a.mp4"}));
  EXPECT_EQ(ReadFile(name), "first");
  EXPECT_EQ(ReadFile(folder.path() / "a-2.mp4"), "second");
}

TEST(PartialFile, IsNeverAnInput) {
  const TempFolder folder;
  WriteFile(folder.path() / "in", "precious");
  std::filesystem::create_symlink("in", folder.path() / "link");
  std::filesystem::create_hard_link(folder.path() / "in", folder.path() / "hard");
  for (const char* name : {"in", "link", "hard"}) {
    for (const char* input : {"in", "link", "hard"}) {
      ExpectError(ErrorCode::kInvalidArgument, "which this job reads", [&] {
        PartialFile(folder.path() / name, {true, {folder.path() / input}});
      });
    }
  }
  EXPECT_EQ(ReadFile(folder.path() / "in"), "precious");
}

TEST(PartialFile, WritesDevicesDirectly) {
  PartialFile file("/dev/null", {false});
  EXPECT_EQ(file.path(), "/dev/null");
  file.Commit();
}

TEST(PartialFile, TakesLongNames) {
  const TempFolder folder;
  const std::string name(250, 'n');
  PartialFile file(folder.path() / name, {false});
  file.Commit();
  EXPECT_EQ(NamesIn(folder.path()), Names{name});
}

TEST(PartialFile, SaysWhyItCannotBeCreated) {
  const TempFolder folder;
  ExpectError(ErrorCode::kInvalidArgument, "is a folder",
              [&] { PartialFile(folder.path(), {true}); });
  ExpectError(ErrorCode::kIo, "missing/a: cannot be created: No such file or directory",
              [&] { PartialFile(folder.path() / "missing" / "a", {true}); });
}

TEST(PartialFolder, AppearsWithAllItsFiles) {
  const TempFolder parent;
  for (const char* name : {"a", "b/"}) {
    PartialFolder folder(parent.path() / name, {});
    WriteFile(folder.path() / "1", "one");
    EXPECT_FALSE(std::filesystem::exists(parent.path() / name));
    folder.Commit();
  }
  EXPECT_EQ(NamesIn(parent.path()), (Names{"a", "a/1", "b", "b/1"}));
}

TEST(PartialFolder, LeavesNothingWhenItIsGivenUp) {
  const TempFolder parent;
  std::filesystem::create_directory(parent.path() / "old");
  for (const char* name : {"new", "old"}) {
    PartialFolder folder(parent.path() / name, {});
    WriteFile(folder.path() / "1", "one");
  }
  EXPECT_EQ(NamesIn(parent.path()), Names{"old"});
}

TEST(PartialFolder, AddsToAFolderThatExists) {
  const TempFolder parent;
  WriteFile(parent.path() / "1", "old");
  WriteFile(parent.path() / "other", "other");
  PartialFolder folder(parent.path(), {true});
  WriteFile(folder.path() / "1", "new");
  WriteFile(folder.path() / "2", "new");
  EXPECT_EQ(ReadFile(parent.path() / "1"), "old");
  folder.Commit();
  EXPECT_EQ(NamesIn(parent.path()), (Names{"1", "2", "other"}));
  EXPECT_EQ(ReadFile(parent.path() / "1"), "new");
}

TEST(PartialFolder, AddsToAFolderThatAppearedMeanwhile) {
  const TempFolder parent;
  for (const bool overwrite : {false, true}) {
    const std::filesystem::path name = parent.path() / (overwrite ? "a" : "b");
    PartialFolder first(name, {overwrite});
    PartialFolder second(name, {overwrite});
    WriteFile(first.path() / "1", "one");
    WriteFile(second.path() / "2", "two");
    first.Commit();
    second.Commit();
    EXPECT_EQ(NamesIn(name), (Names{"1", "2"}));
  }
  EXPECT_EQ(NamesIn(parent.path()), (Names{"a", "a/1", "a/2", "b", "b/1", "b/2"}));
}

TEST(PartialFolder, KeepsItsFilesBesideWhenOneIsInTheWay) {
  const TempFolder parent;
  for (const bool overwrite : {false, true}) {
    {
      PartialFolder folder(parent.path(), {overwrite});
      for (int i = 0; i < 20; ++i) WriteFile(folder.path() / std::to_string(i), "new");
      std::this_thread::sleep_for(std::chrono::milliseconds(20));  // the clock of files is coarse
      WriteFile(parent.path() / "7", "appeared meanwhile");
      ExpectError(ErrorCode::kIo, (parent.path() / "7").string(), [&] { folder.Commit(); });
    }
    const std::filesystem::path kept =
        parent.path() / (parent.path().filename().string() + (overwrite ? "-3" : "-2"));
    EXPECT_EQ(NamesIn(kept).size(), 20U);
    EXPECT_EQ(ReadFile(kept / "7"), "new");
    EXPECT_EQ(ReadFile(parent.path() / "7"), "appeared meanwhile");
    EXPECT_FALSE(std::filesystem::exists(parent.path() / "6"));
  }
}

TEST(PartialFolder, NeverWritesAmongInputs) {
  const TempFolder parent;
  std::filesystem::create_directory(parent.path() / "pictures");
  std::filesystem::create_directory_symlink("pictures", parent.path() / "link");
  for (const char* name : {"pictures", "link", "link/"}) {
    ExpectError(ErrorCode::kInvalidArgument, "which this job reads", [&] {
      PartialFolder(parent.path() / name, {true, {parent.path() / "pictures"}});
    });
  }
}

TEST(PartialFolder, SaysWhyItCannotBeCreated) {
  const TempFolder parent;
  WriteFile(parent.path() / "file", "");
  ExpectError(ErrorCode::kInvalidArgument, "is no folder",
              [&] { PartialFolder(parent.path() / "file", {}); });
  ExpectError(ErrorCode::kIo, "No such file or directory",
              [&] { PartialFolder(parent.path() / "missing" / "folder", {}); });
}

}  // namespace
}  // namespace mouthpiece
