#include "store/scratch_file.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <numeric>
#include <vector>

#include "mouthpiece/error.h"
#include "support/errors.h"
#include "support/files.h"

namespace mouthpiece {
namespace {

using testing::Contains;
using testing::ErrorOf;

TEST(ScratchFile, GivesBackWhatWasWrittenAnywhere) {
  const auto folder = testing::EmptyFolder();
  ScratchFile file(folder, 5000);
  std::vector<uint8_t> bytes(1777);
  std::iota(bytes.begin(), bytes.end(), uint8_t{0});
  file.Write(3001, bytes);
  std::vector<uint8_t> back(1700);
  file.Read(3078, back);
  EXPECT_TRUE(std::equal(back.begin(), back.end(), bytes.begin() + 77));
}

TEST(ScratchFile, LeavesNothingInItsFolder) {
  const auto folder = testing::EmptyFolder();
  ScratchFile file(folder, 5000);
  EXPECT_TRUE(std::filesystem::is_empty(folder));
}

TEST(ScratchFile, SaysWhatFailsAndWhere) {
  const auto folder = testing::EmptyFolder();
  const auto missing = folder / "missing";
  EXPECT_TRUE(Contains(ErrorOf([&] { ScratchFile(missing, 1); }), missing.string() + ": "));
  const Error full = ErrorOf([&] { ScratchFile(folder, uint64_t{1} << 60); });
  EXPECT_EQ(full.code(), ErrorCode::kIo);
  EXPECT_TRUE(Contains(full, "cannot be made: ")) << full.what();

  ScratchFile file(folder, 10);
  std::vector<uint8_t> bytes(10);
  file.Write(0, bytes);
  bytes.resize(11);
  EXPECT_TRUE(Contains(ErrorOf([&] { file.Read(0, bytes); }), "ends too early"));
  EXPECT_TRUE(
      Contains(ErrorOf([&] { file.Write(~uint64_t{0} >> 1, bytes); }), "cannot be written: "));
}

TEST(ScratchFolder, IsTheOneOfTheEnvironment) {
  const auto folder = testing::EmptyFolder();
  setenv("TMPDIR", folder.c_str(), 1);
  EXPECT_EQ(ScratchFolder(), folder);
  unsetenv("TMPDIR");
  EXPECT_TRUE(std::filesystem::is_directory(ScratchFolder()));
  EXPECT_GT(ScratchRoom(folder), 0U);
  EXPECT_EQ(ScratchRoom(folder / "missing"), 0U);
}

}  // namespace
}  // namespace mouthpiece
