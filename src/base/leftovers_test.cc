#include "base/leftovers.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <string>

#include "base/hidden_path.h"
#include "support/files.h"

namespace mouthpiece {
namespace {

namespace fs = std::filesystem;
using testing::NamesIn;
using testing::TempFolder;
using Names = std::vector<std::string>;

constexpr auto kFile = HiddenPath::Kind::kFile;
constexpr auto kFolder = HiddenPath::Kind::kFolder;

/// Runs `work` in a process that then ends as one that is killed does.
void InKilledProcess(const std::function<void()>& work) {
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    work();
    ::_exit(0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_EQ(status, 0);
}

TEST(Leftovers, OfAKilledProcessAreRemovedByTheNext) {
  const TempFolder folder;
  InKilledProcess([&] {
    new HiddenPath(kFile, folder.path(), "talk.mp4");
    const auto* made = new HiddenPath(kFolder, folder.path(), "frames");
    testing::WriteFile(made->path() / "00000.jpg", "x");
  });
  EXPECT_EQ(NamesIn(folder.path()).size(), 3U);
  { const HiddenPath next(kFile, folder.path(), "other"); }
  EXPECT_EQ(NamesIn(folder.path()), Names{});
}

TEST(Leftovers, AreNotWhatALivingProcessHolds) {
  const TempFolder folder;
  const HiddenPath file(kFile, folder.path(), "talk.mp4");
  const HiddenPath made(kFolder, folder.path(), "frames");
  InKilledProcess([&] { RemoveLeftovers(folder.path()); });
  RemoveLeftovers(folder.path());
  EXPECT_TRUE(fs::exists(file.path()));
  EXPECT_TRUE(fs::exists(made.path()));
}

TEST(Leftovers, AreNotWhatIsFinished) {
  const TempFolder folder;
  {
    HiddenPath file(kFile, folder.path(), "talk.mp4");
    file.Leave();
    HiddenPath made(kFolder, folder.path(), "frames");
    made.Leave();
  }
  RemoveLeftovers(folder.path());
  EXPECT_EQ(NamesIn(folder.path()).size(), 2U);
}

TEST(Leftovers, AreNotWhatIsCalledOtherwise) {
  const TempFolder folder;
  const std::string mark = HiddenMark();
  ASSERT_EQ(mark.size(), 13U);
  std::string other = mark;
  other.back() = other.back() == '0' ? '1' : '0';
  Names names = {".talk.mp4.partial-12" + other,  // of another machine, or before the last start
                 ".talk.mp4.partial-12",
                 "talk.mp4.partial-12" + mark,
                 ".talk.mp4.partial-" + mark,
                 ".talk.mp4.partial-1-2-3" + mark,
                 ".talk.mp4.partial-12x" + mark,
                 ".partial-12" + mark,
                 ".talk.mp4" + mark,
                 ".talk.mp4.partial-12" + mark + "x"};
  for (const std::string& name : names) testing::WriteFile(folder.path() / name, "mine");
  fs::create_symlink("nowhere", folder.path() / (".link.partial-12" + mark));
  names.push_back(".link.partial-12" + mark);
  RemoveLeftovers(folder.path());
  std::ranges::sort(names);
  EXPECT_EQ(NamesIn(folder.path()), names);
}

TEST(Leftovers, OfAFolderThatCannotBeReadAreNone) {
  RemoveLeftovers("/nowhere");
  const TempFolder folder;
  testing::WriteFile(folder.path() / "file", "");
  RemoveLeftovers(folder.path() / "file");
}

}  // namespace
}  // namespace mouthpiece
