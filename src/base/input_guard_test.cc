#include "base/input_guard.h"

#include <gtest/gtest.h>

#include <string>

#include "support/errors.h"
#include "support/files.h"

namespace mouthpiece {
namespace {

namespace fs = std::filesystem;
using testing::ExpectError;
using testing::TempFolder;

TEST(InputGuard, KnowsAFileByAnyOfItsNames) {
  const TempFolder folder;
  folder.Write("a", "");
  folder.Write("b", "");
  folder.Write("sub/c", "");
  fs::create_symlink("a", folder / "link");
  fs::create_hard_link(folder / "a", folder / "hard");
  for (const char* name : {"a", "./a", "sub/../a", "link", "hard"}) {
    ExpectError(ErrorCode::kInvalidArgument, {name, "which this job reads"}, [&] {
      RefuseInput(folder / name, InputPaths{folder / "b", folder / "a"});
    });
  }
  RefuseInput(folder / "b", InputPaths{folder / "a"});
  RefuseInput(folder / "new", InputPaths{folder / "a"});
}

TEST(InputGuard, KnowsTheNameOfAFileThatIsNotThere) {
  const TempFolder folder;
  fs::create_directory(folder / "sub");
  fs::create_directory_symlink(folder / "sub", folder / "link");
  const InputPaths inputs{folder / "sub/aud_ave.npy"};
  for (const char* name : {"sub/aud_ave.npy", "link/aud_ave.npy", "link/../sub/aud_ave.npy"}) {
    ExpectError(ErrorCode::kInvalidArgument, {"would become", "sub/aud_ave.npy"},
                [&] { RefuseInput(folder / name, inputs); });
  }
  RefuseInput(folder / "aud_ave.npy", inputs);
}

TEST(InputGuard, LetsDevicesBe) {
  RefuseInput("/dev/null", InputPaths{"/dev/null"});
  EXPECT_FALSE(IsSamePlace("/dev/null", "/dev/null"));
}

TEST(InputGuard, KnowsAFolderThatHoldsInputs) {
  const TempFolder folder;
  folder.Write("avatar/x", "");
  fs::create_directory(folder / "avatar2");
  for (const char* input : {"avatar", "avatar/x", "avatar/new", "avatar/"}) {
    ExpectError(ErrorCode::kInvalidArgument, {"avatar: is or holds"},
                [&] { RefuseFolderOfInputs(folder / "avatar", InputPaths{folder / input}); });
  }
  RefuseFolderOfInputs(folder / "avatar", InputPaths{folder / "avatar2", folder.path()});
  RefuseFolderOfInputs(folder / "new", InputPaths{folder / "new"});
}

TEST(SamePlace, IsOneFileOrTheNameOfOne) {
  const TempFolder folder;
  folder.Write("a", "");
  fs::create_symlink("a", folder / "link");
  EXPECT_TRUE(IsSamePlace(folder / "a", folder / "link"));
  EXPECT_FALSE(IsSamePlace(folder / "a", folder / "b"));
  EXPECT_TRUE(IsSamePlace(folder / "b", folder / "./b"));
  EXPECT_FALSE(IsSamePlace(folder / "b", folder / "c"));
}

}  // namespace
}  // namespace mouthpiece
