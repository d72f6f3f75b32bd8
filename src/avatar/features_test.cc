#include "avatar/features.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>
#include <random>
#include <string>

#include "support/errors.h"
#include "support/files.h"

namespace mouthpiece {
namespace {

using testing::ExpectError;
using testing::TempFolder;

/// A .npy file of version 1, 2 or 3 with that header text.
std::string Npy(const std::string& header, const std::string& data, int version = 1) {
  std::string file = "\x93NUMPY";
  file += static_cast<char>(version);
  file += '\0';
  for (int i = 0; i < (version == 1 ? 2 : 4); ++i) {
    file += static_cast<char>(header.size() >> (8 * i) & 255);
  }
  return file + header + data;
}

std::string Header(const std::string& type, const std::string& shape) {
  return "{'descr': '" + type + "', 'fortran_order': False, 'shape': " + shape + ", }\n";
}

template <typename T>
std::string Bytes(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

FeatureTable Load(const std::string& content, const std::string& name = "f.npy") {
  const TempFolder folder;
  return LoadFeatures(folder.Write(name, content));
}

void ExpectRefused(const std::string& content, const std::string& part,
                   const std::string& name = "f.npy") {
  const TempFolder folder;
  const auto path = folder.Write(name, content);
  ExpectError(ErrorCode::kBadMedia, {path.string(), part}, [&] { LoadFeatures(path); });
}

const std::vector<float> kSix = {0, -1.5F, 2, 3.25F, 1e-20F, 5};

TEST(LoadFeatures, ReadsEveryVersionOfNpy) {
  for (const int version : {1, 2, 3}) {
    const FeatureTable table = Load(Npy(Header("<f4", "(2, 3)"), Bytes(kSix), version));
    EXPECT_EQ(table.rows, 2);
    EXPECT_EQ(table.row_size, 3);
    EXPECT_EQ(table.values, kSix);
  }
}

TEST(LoadFeatures, MultipliesTrailingDimensions) {
  const FeatureTable table = Load(Npy(Header("<f4", "(1, 2, 3,)"), Bytes(kSix)));
  EXPECT_EQ(table.rows, 1);
  EXPECT_EQ(table.row_size, 6);
}

TEST(LoadFeatures, TakesTheHeaderInAnyOrderAndSpelling) {
  const std::string header = "{\"shape\":(3,2),\"fortran_order\":False,\"descr\":\"<f4\"}    \n";
  EXPECT_EQ(Load(Npy(header, Bytes(kSix))).rows, 3);
}

TEST(LoadFeatures, ConvertsDoubles) {
  std::vector<double> values(70001);
  std::iota(values.begin(), values.end(), -0.5);
  const FeatureTable table = Load(Npy(Header("<f8", "(70001, 1)"), Bytes(values)));
  for (size_t i = 0; i < values.size(); ++i) ASSERT_EQ(table.values[i], values[i]);
}

TEST(LoadFeatures, ConvertsHalves) {
  const std::vector<uint16_t> halves = {0x0000, 0x8000, 0x3c00, 0xc000,
                                        0x7bff, 0x0001, 0x03ff, 0x0400};
  const std::vector<float> expected = {0, -0.0F, 1, -2, 65504, 0x1.0p-24F, 0x3ffp-24F, 0x1.0p-14F};
  EXPECT_EQ(Load(Npy(Header("<f2", "(4, 2)"), Bytes(halves))).values, expected);
}

TEST(LoadFeatures, RefusesClaimsThatTheFileDoesNotKeep) {
  const std::string data = Bytes(kSix);
  ExpectRefused(Npy(Header("<f4", "(1000000000000, 512)"), data), "2048000000000000 bytes");
  ExpectRefused(Npy(Header("<f4", "(4611686018427387904, 4)"), data), "more bytes");
  ExpectRefused(Npy(Header("<f4", "(9223372036854775807, 9223372036854775807)"), data), "more");
  ExpectRefused(Npy(Header("<f4", "(99999999999999999999, 512)"), data), "9999");
  ExpectRefused(Npy(Header("<f4", "(2, 4)"), data), "expected 32 bytes, found 24");
  ExpectRefused(Npy(Header("<f4", "(2, 2)"), data), "expected 16 bytes, found 24");
  ExpectRefused(Npy(Header("<f4", "(-2, -3)"), data), "-2");
  ExpectRefused(Npy(Header("<f4", "(0, 512)"), ""), "[0, 512]");
  ExpectRefused(Npy(Header("<f4", "(6,)"), data), "[6]");
  ExpectRefused(Npy(Header("<f4", "()"), data), "[]");
  ExpectRefused(Npy(Header("<f4", "(1,1,1,1,1,1,1,1,6)"), data), "dimensions");
}

TEST(LoadFeatures, RefusesOtherTypesAndOrders) {
  const std::string data = Bytes(kSix);
  ExpectRefused(Npy(Header(">f4", "(2, 3)"), data), "\">f4\"");
  ExpectRefused(Npy(Header("<i4", "(2, 3)"), data), "\"<i4\"");
  ExpectRefused(Npy(Header("<U4", "(2, 3)"), data), "\"<U4\"");
  ExpectRefused(Npy(Header("|O", "(2, 3)"), data), "Python objects");
  ExpectRefused(Npy("{'descr': [('x', '<f4')], 'fortran_order': False, 'shape': (6,)}", data),
                "a structure");
  ExpectRefused(Npy("{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3)}", data), "Fortran");
}

TEST(LoadFeatures, RefusesDamagedHeaders) {
  for (const std::string header :
       {"", "{", "{}", "{'descr': '<f4'}", "{'descr': '<f4", "{'descr' '<f4'}",
        "{'descr': '<f4', 'fortran_order': Maybe, 'shape': (2, 3)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2, x)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3", "import os", "\xff\xfe",
        "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (2, 3)}"}) {
    ExpectRefused(Npy(header, Bytes(kSix)), "damaged .npy header");
  }
  ExpectRefused(std::string("\x93NUMPY\x02\0\xff\xff\xff\xff{}", 14), "4294967295");
  ExpectRefused(std::string("\x93NUMPY\x09\0\x02\0{}", 12), "version");
  ExpectRefused("\x93NUM", "ends early");
  ExpectRefused("no array at all", "\\x93NUMPY");
  ExpectRefused("", "empty");
}

TEST(LoadFeatures, NamesTheFirstValueThatIsNoNumber) {
  std::vector<float> values = kSix;
  values[4] = NAN;
  ExpectRefused(Npy(Header("<f4", "(2, 3)"), Bytes(values)), "row 1, value 1");
  values[4] = -INFINITY;
  ExpectRefused(Npy(Header("<f4", "(2, 3)"), Bytes(values)), "infinity");
  ExpectRefused(Npy(Header("<f8", "(1, 1)"), Bytes(std::vector<double>{1e300})), "row 0, value 0");
  ExpectRefused(Npy(Header("<f2", "(1, 2)"), Bytes(std::vector<uint16_t>{0, 0x7e00})), "NaN");
}

TEST(LoadFeatures, ReadsHeaderlessRowsOf512) {
  std::vector<float> values(3 * 512);
  std::iota(values.begin(), values.end(), 0.0F);
  const FeatureTable table = Load(Bytes(values), "f.bin");
  EXPECT_EQ(table.rows, 3);
  EXPECT_EQ(table.row_size, 512);
  EXPECT_EQ(table.row(2)[1], 1025.0F);
  ExpectRefused(Bytes(values) + "x", "multiple of 2048", "f.bin");
}

TEST(LoadFeatures, TakesTheShapeBesideAHeaderlessFile) {
  const TempFolder folder;
  const auto path = folder.Write("f.bin", Bytes(kSix));
  for (const char* shape : {R"({"num_frames": 2, "feature_size": 3})", R"({"shape": [2, 3]})",
                            R"({"num_frames": 2, "feature_size": 3, "shape": [2, 3]})"}) {
    folder.Write("f.bin.json", shape);
    EXPECT_EQ(LoadFeatures(path).row_size, 3) << shape;
  }
  for (const char* shape :
       {"{}", "[]", "3", "{", R"({"shape": 6})", R"({"shape": [2, 4]})", R"({"shape": [-2, -3]})",
        R"({"shape": ["2", 3]})", R"({"shape": [2.0, 3]})", R"({"shape": [1e40, 3]})",
        R"({"shape": [2, 3], "num_frames": 3, "feature_size": 2})"}) {
    folder.Write("f.bin.json", shape);
    ExpectError(ErrorCode::kBadMedia, {path.string()}, [&] { LoadFeatures(path); });
  }
}

TEST(LoadFeatures, RefusesWhatIsNoFile) {
  const TempFolder folder;
  std::filesystem::create_directory(folder / "d.npy");
  ASSERT_EQ(mkfifo((folder / "p.npy").c_str(), 0600), 0);
  ExpectError(ErrorCode::kBadMedia, {"d.npy", "a folder"}, [&] { LoadFeatures(folder / "d.npy"); });
  ExpectError(ErrorCode::kBadMedia, {"p.npy", "a pipe"}, [&] { LoadFeatures(folder / "p.npy"); });
  ExpectError(ErrorCode::kBadMedia, {"x.npy", "missing"}, [&] { LoadFeatures(folder / "x.npy"); });
  ExpectRefused("text", ".npy or .bin", "f.txt");
}

TEST(LoadFeatures, RefusesHugeFilesBeforeReadingThem) {
  const TempFolder folder;
  const auto path = folder.Write("f.npy", Npy(Header("<f4", "(1099511627776, 512)"), ""));
  std::error_code code;
  std::filesystem::resize_file(path, uint64_t{5} << 30, code);  // Sparse: takes no space
  if (code) GTEST_SKIP() << "no sparse files here";
  ExpectError(ErrorCode::kBadMedia, {path.string(), "too large"}, [&] { LoadFeatures(path); });
}

FeatureTable Counting(int64_t rows, int64_t row_size) {
  FeatureTable table{rows, row_size, std::vector<float>(static_cast<size_t>(rows * row_size))};
  std::iota(table.values.begin(), table.values.end(), 1.0F);
  return table;
}

TEST(LoadFeatures, ABatchOfOneIsWhatItHolds) {
  const auto load = [](const std::string& shape, size_t values) {
    return Load(Npy(Header("<f4", shape), Bytes(std::vector<float>(values))));
  };
  EXPECT_EQ(load("(1, 3, 512)", 1536).rows, 3);
  EXPECT_EQ(load("(1, 3, 512)", 1536).row_size, 512);
  EXPECT_EQ(load("(1, 3, 2, 4)", 24).rows, 3);
  EXPECT_EQ(load("(1, 3, 2, 4)", 24).row_size, 8);
  EXPECT_EQ(load("(1, 16, 512)", 8192).row_size, 8192) << "one row of WeNet's";
  EXPECT_EQ(load("(1, 2, 1024)", 2048).row_size, 2048) << "one row of HuBERT's";
  EXPECT_EQ(load("(1, 512)", 512).rows, 1);
}

TEST(LoadFeatures, TellsTheShapeOfTheFile) {
  const TempFolder folder;
  std::vector<int64_t> shape;
  LoadFeatures(folder.Write("f.npy", Npy(Header("<f4", "(1, 3, 2)"), Bytes(kSix))), &shape);
  EXPECT_EQ(shape, (std::vector<int64_t>{1, 3, 2}));
  LoadFeatures(folder.Write("f.bin", Bytes(std::vector<float>(1024))), &shape);
  EXPECT_EQ(shape, (std::vector<int64_t>{2, 512}));
}

TEST(CopyAudioWindow, AgreesWithItsDefinition) {
  std::mt19937 random(1);
  for (int round = 0; round < 300; ++round) {
    const int64_t rows = 1 + static_cast<int64_t>(random() % 40);
    const int64_t row_size = 1 + static_cast<int64_t>(random() % 5);
    const int64_t half = 1 + static_cast<int64_t>(random() % 9);
    const int64_t frame = static_cast<int64_t>(random() % 80) - 20;
    const FeatureTable table = Counting(rows, row_size);
    for (const AudioWindowMode mode : {AudioWindowMode::kZero, AudioWindowMode::kEdge}) {
      std::vector<float> window(static_cast<size_t>(2 * half * row_size), -1.0F);
      CopyAudioWindow(table, frame, mode, window);
      for (int64_t i = 0; i < 2 * half; ++i) {
        const int64_t row = frame - half + i;
        const bool inside = row >= 0 && row < rows;
        for (int64_t k = 0; k < row_size; ++k) {
          const int64_t nearest = std::clamp<int64_t>(row, 0, rows - 1);
          const float expected = inside || mode == AudioWindowMode::kEdge
                                     ? static_cast<float>(nearest * row_size + k + 1)
                                     : 0.0F;
          ASSERT_EQ(window[static_cast<size_t>(i * row_size + k)], expected);
        }
      }
    }
  }
}

TEST(CopyAudioWindow, RefusesWindowsThatDoNotFitTheRows) {
  const FeatureTable table = Counting(4, 512);
  std::vector<float> window(1000);
  ExpectError(ErrorCode::kInvalidArgument, {"1000", "512"},
              [&] { CopyAudioWindow(table, 0, AudioWindowMode::kZero, window); });
  window.resize(3 * 512);
  ExpectError(ErrorCode::kInvalidArgument, {"1536", "512"},
              [&] { CopyAudioWindow(table, 0, AudioWindowMode::kZero, window); });
  ExpectError(ErrorCode::kInvalidArgument, {"0 values"},
              [&] { CopyAudioWindow({}, 0, AudioWindowMode::kZero, window); });
}

}  // namespace
}  // namespace mouthpiece
