#include "base/hidden_path.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "mouthpiece/error.h"

namespace mouthpiece {
namespace {

namespace fs = std::filesystem;

constexpr auto kFile = HiddenPath::Kind::kFile;
constexpr auto kFolder = HiddenPath::Kind::kFolder;

/// A new folder, removed at the end.
class HiddenPaths : public ::testing::Test {
 protected:
  HiddenPaths() {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  ~HiddenPaths() override { fs::remove_all(folder_); }

  const fs::path folder_ =
      fs::path(::testing::TempDir()) / ("hidden_path_test." + std::to_string(::getpid()));
};

std::string Ending(const std::string& number = {}) {
  return ".partial-" + std::to_string(::getpid()) + number + HiddenMark();
}

TEST_F(HiddenPaths, AreHiddenAndEmptyAndTellWhatTheyWillBe) {
  const HiddenPath file(kFile, folder_, "some/where/talk.mp4");
  EXPECT_EQ(file.path(), folder_ / (".talk.mp4" + Ending()));
  EXPECT_TRUE(fs::is_regular_file(file.path()));
  EXPECT_EQ(fs::file_size(file.path()), 0U);
  const HiddenPath made(kFolder, folder_, "frames");
  EXPECT_EQ(made.path(), folder_ / (".frames" + Ending()));
  EXPECT_TRUE(fs::is_directory(made.path()));
  EXPECT_TRUE(fs::is_empty(made.path()));
}

TEST_F(HiddenPaths, AreOthersWhenTheNameIsTaken) {
  const HiddenPath file(kFile, folder_, "x");
  const HiddenPath made(kFolder, folder_, "x");
  const HiddenPath third(kFile, folder_, "x");
  EXPECT_EQ(made.path(), folder_ / (".x" + Ending("-1")));
  EXPECT_EQ(third.path(), folder_ / (".x" + Ending("-2")));
  EXPECT_TRUE(fs::is_regular_file(file.path()));
  EXPECT_TRUE(fs::is_directory(made.path()));
}

TEST_F(HiddenPaths, AreRemovedUnlessTheyGotAnotherName) {
  {
    const HiddenPath file(kFile, folder_, "x");
    const HiddenPath made(kFolder, folder_, "y");
    fs::create_directory(made.path() / "z");
    HiddenPath renamed(kFile, folder_, "a");
    fs::rename(renamed.path(), folder_ / "a");
    renamed.Forget();
  }
  EXPECT_TRUE(fs::exists(folder_ / "a"));
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), {}), 1);
}

TEST_F(HiddenPaths, AreShortEnoughForEveryFileSystem) {
  const std::string longest(255, 'n');
  const HiddenPath file(kFile, folder_, longest);
  EXPECT_LE(file.path().filename().string().size(), 255U);
  EXPECT_NE(HiddenPath(kFolder, folder_, longest).path(), file.path());
}

TEST_F(HiddenPaths, ThatCannotBeCreatedAreAnErrorThatNamesTheOutput) {
  for (const auto kind : {kFile, kFolder}) {
    try {
      const HiddenPath path(kind, folder_ / "missing", "frames");
      ADD_FAILURE() << "an error was expected";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kIo);
      EXPECT_STREQ(error.what(), "frames: cannot be created: No such file or directory");
    }
  }
  EXPECT_TRUE(fs::is_empty(folder_));
}

TEST(ParentOf, CanAlwaysBeOpened) {
  EXPECT_EQ(ParentOf("a.mp4"), ".");
  EXPECT_EQ(ParentOf("a/b.mp4"), "a");
  EXPECT_EQ(ParentOf("/a"), "/");
}

TEST(FailIo, SaysWhatWhereAndWhy) {
  try {
    FailIo("a/b", "cannot be read", EACCES);
    ADD_FAILURE() << "an error was expected";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kIo);
    EXPECT_STREQ(error.what(), "a/b: cannot be read: Permission denied");
  }
}

}  // namespace
}  // namespace mouthpiece
