#include "base/hidden_path.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "mouthpiece/error.h"

namespace mouthpiece {
namespace {

namespace fs = std::filesystem;

/// A new folder, removed at the end.
class HiddenPath : public ::testing::Test {
 protected:
  HiddenPath() {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  ~HiddenPath() override { fs::remove_all(folder_); }

  const fs::path folder_ =
      fs::path(::testing::TempDir()) / ("hidden_path_test." + std::to_string(::getpid()));
};

TEST_F(HiddenPath, IsHiddenAndEmptyAndTellsWhatItWillBe) {
  const fs::path file = CreateHiddenFile(folder_, "some/where/talk.mp4");
  EXPECT_EQ(file.parent_path(), folder_);
  EXPECT_EQ(file.filename(), ".talk.mp4.partial-" + std::to_string(::getpid()));
  EXPECT_TRUE(fs::is_regular_file(file));
  EXPECT_EQ(fs::file_size(file), 0U);
  const fs::path made = CreateHiddenFolder(folder_, "frames");
  EXPECT_EQ(made.filename(), ".frames.partial-" + std::to_string(::getpid()));
  EXPECT_TRUE(fs::is_directory(made));
  EXPECT_TRUE(fs::is_empty(made));
}

TEST_F(HiddenPath, IsAnotherOneWhenTheNameIsTaken) {
  const fs::path file = CreateHiddenFile(folder_, "x");
  const fs::path made = CreateHiddenFolder(folder_, "x");
  const fs::path third = CreateHiddenFile(folder_, "x");
  EXPECT_EQ(made.string(), file.string() + "-1");
  EXPECT_EQ(third.string(), file.string() + "-2");
  EXPECT_TRUE(fs::is_regular_file(file));
  EXPECT_TRUE(fs::is_directory(made));
}

TEST_F(HiddenPath, IsShortEnoughForEveryFileSystem) {
  const std::string longest(255, 'n');
  const fs::path file = CreateHiddenFile(folder_, longest);
  EXPECT_LE(file.filename().string().size(), 255U);
  EXPECT_NE(CreateHiddenFolder(folder_, longest), file);
}

TEST_F(HiddenPath, ThatCannotBeCreatedIsAnErrorThatNamesTheOutput) {
  for (const auto create : {CreateHiddenFile, CreateHiddenFolder}) {
    try {
      create(folder_ / "missing", "frames");
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
