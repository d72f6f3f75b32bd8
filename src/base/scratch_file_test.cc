#include "base/scratch_file.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <numeric>
#include <string>
#include <vector>

#include "mouthpiece/error.h"

namespace mouthpiece {
namespace {

namespace fs = std::filesystem;

/// A new folder, removed at the end.
class ScratchFileTest : public ::testing::Test {
 protected:
  ScratchFileTest() {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  ~ScratchFileTest() override { fs::remove_all(folder_); }

  const fs::path folder_ =
      fs::path(::testing::TempDir()) / ("scratch_file_test." + std::to_string(::getpid()));
};

/// Expects an Error (kIo) of `action` that holds `part`.
template <typename Action>
void ExpectFailure(const std::string& part, Action action) {
  try {
    action();
    ADD_FAILURE() << "an error was expected";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kIo);
    EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
  }
}

TEST_F(ScratchFileTest, GivesBackWhatWasWrittenAnywhere) {
  for (const uint64_t reserved : {0u, 5000u}) {
    ScratchFile file(folder_, reserved);
    std::vector<uint8_t> bytes(1777);
    std::iota(bytes.begin(), bytes.end(), uint8_t{0});
    file.Write(3001, bytes);
    std::vector<uint8_t> back(1700);
    file.Read(3078, back);
    EXPECT_TRUE(std::equal(back.begin(), back.end(), bytes.begin() + 77));
  }
}

TEST_F(ScratchFileTest, LeavesNothingInItsFolder) {
  const ScratchFile file(folder_, 5000);
  EXPECT_TRUE(fs::is_empty(folder_));
}

TEST_F(ScratchFileTest, SaysWhatFailsAndWhere) {
  const fs::path missing = folder_ / "missing";
  ExpectFailure(missing.string() + ": the scratch file for decoded frames cannot be made: ",
                [&] { ScratchFile(missing, 1); });
  ExpectFailure("the scratch file for this test cannot be made: ",
                [&] { ScratchFile(folder_, uint64_t{1} << 60, "this test"); });

  ScratchFile file(folder_, 10);
  std::vector<uint8_t> bytes(10);
  file.Write(0, bytes);
  bytes.resize(11);
  ExpectFailure("ends too early", [&] { file.Read(0, bytes); });
  ExpectFailure("cannot be written: ", [&] { file.Write(~uint64_t{0} >> 1, bytes); });
}

TEST_F(ScratchFileTest, LiesWhereTheEnvironmentSays) {
  setenv("TMPDIR", folder_.c_str(), 1);
  EXPECT_EQ(ScratchFolder(), folder_);
  unsetenv("TMPDIR");
  EXPECT_TRUE(fs::is_directory(ScratchFolder()));
  EXPECT_GT(ScratchRoom(folder_), 0U);
  EXPECT_EQ(ScratchRoom(folder_ / "missing"), 0U);
}

}  // namespace
}  // namespace mouthpiece
