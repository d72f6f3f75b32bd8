#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <numeric>
#include <string>
#include <vector>

#include "avatar/features.h"
#include "mouthpiece/audio.h"
#include "mouthpiece/error.h"
#include "support/errors.h"
#include "support/files.h"

namespace mouthpiece {
namespace {

using testing::ExpectError;
using testing::TempFolder;

FeatureTable Table(int64_t rows, int64_t row_size) {
  FeatureTable table{rows, row_size, std::vector<float>(static_cast<size_t>(rows * row_size))};
  std::iota(table.values.begin(), table.values.end(), 0.5F);
  return table;
}

TEST(NpyFile, IsReadBackAsItWas) {
  const TempFolder folder;
  for (const int64_t rows : {1, 9, 10, 100, 99999}) {
    const FeatureTable table = Table(rows, 3);
    NpyFile(folder / "a.npy", true).Write(table);
    const FeatureTable read = LoadFeatures(folder / "a.npy");
    EXPECT_EQ(read.rows, rows);
    EXPECT_EQ(read.row_size, 3);
    EXPECT_EQ(read.values, table.values);
    EXPECT_EQ((std::filesystem::file_size(folder / "a.npy") - table.values.size() * 4) % 64, 0u);
  }
}

TEST(NpyFile, IsThereWhenItIsComplete) {
  const TempFolder folder;
  {
    NpyFile file(folder / "a.npy", false);
    EXPECT_FALSE(std::filesystem::exists(folder / "a.npy"));
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
  NpyFile(folder / "a.npy", false).Write(Table(2, 2));
  EXPECT_TRUE(std::filesystem::exists(folder / "a.npy"));
}

TEST(NpyFile, ReplacesAFileOnlyWhenAsked) {
  const TempFolder folder;
  folder.Write("a.npy", "precious");
  ExpectError(ErrorCode::kInvalidArgument, {"a.npy"}, [&] { NpyFile(folder / "a.npy", false); });
  EXPECT_EQ(testing::ReadFile(folder / "a.npy"), "precious");
  NpyFile(folder / "a.npy", true).Write(Table(2, 2));
  EXPECT_EQ(LoadFeatures(folder / "a.npy").rows, 2);
}

TEST(NpyFile, WantsTheNameThatReadersWant) {
  const TempFolder folder;
  for (const char* name : {"a.txt", "a", "npy", "a.npy.gz", ".npy"}) {
    ExpectError(ErrorCode::kInvalidArgument, {".npy", name},
                [&] { NpyFile(folder / name, false); });
  }
  ExpectError(ErrorCode::kInvalidArgument, {".npy"}, [&] { NpyFile("", false); });
}

}  // namespace
}  // namespace mouthpiece
