#include "infer/packed_weights.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <chrono>
#include <cstdlib>
#include <optional>
#include <string>

#include "infer/engine.h"
#include "infer/fused/kernel_tables.h"
#include "support/files.h"
#include "support/fixtures.h"
#include "support/network_inputs.h"

namespace mouthpiece {
namespace {

namespace fs = std::filesystem;
using testing::Inputs;
using testing::Predict;
using testing::RandomInputs;

constexpr const char* kCache = "XDG_CACHE_HOME";

/// A model of this test's own, and a cache folder.
class PackedWeightsTest : public ::testing::Test {
 protected:
  PackedWeightsTest() {
    if (const char* const before = std::getenv(kCache)) before_ = before;
    setenv(kCache, (folder_ / "cache").c_str(), 1);
    Take("unet_half");
  }
  ~PackedWeightsTest() override {
    if (before_) {
      setenv(kCache, before_->c_str(), 1);
    } else {
      unsetenv(kCache);
    }
  }

  void Take(const char* name) {
    fs::copy_file(testing::Model(name), model_, fs::copy_options::overwrite_existing);
  }

  std::vector<std::vector<uint8_t>> Answers(Precision precision) const {
    const auto engine =
        CreateEngine({.model = model_, .precision = precision, .kind = EngineKind::kFused});
    return Predict(*engine, RandomInputs(engine->info(), 2));
  }

  PackedWeights Packed(Precision precision) const {
    EXPECT_EQ(PackWeights(model_, precision), "");
    return FindPackedWeights(model_, precision).value();
  }

  /// Makes the model another file of its size and time.
  void Overwrite() const {
    const auto time = fs::last_write_time(model_);
    testing::WriteFile(model_, std::string(fs::file_size(model_), 'x'));
    fs::last_write_time(model_, time);
  }

  const testing::TempFolder folder_;
  const fs::path model_ = folder_ / "model.onnx";

 private:
  std::optional<std::string> before_;
};

std::vector<Precision> Precisions() {
  std::vector<Precision> precisions{Precision::kF32, Precision::kInt8};
  if (fused::HasBFloat16Kernels()) precisions.push_back(Precision::kBf16);
  return precisions;
}

TEST_F(PackedWeightsTest, AreReadInsteadOfTheModelAndGiveTheSameAnswers) {
  for (const char* name : {"unet_half", "mixture_norms"}) {
    for (const Precision precision : Precisions()) {
      SCOPED_TRACE(std::string(name) + " " + std::string(ToString(precision)));
      Take(name);
      const auto expected = Answers(precision);
      const PackedWeights packed = Packed(precision);
      EXPECT_EQ(fs::file_size(packed.file), packed.bytes);
      Overwrite();
      EXPECT_EQ(Answers(precision), expected);
    }
  }
}

TEST_F(PackedWeightsTest, AreOfOnePrecision) {
  ASSERT_EQ(PackWeights(model_, Precision::kF32), "");
  EXPECT_TRUE(FindPackedWeights(model_, Precision::kF32));
  EXPECT_FALSE(FindPackedWeights(model_, Precision::kInt8));
}

TEST_F(PackedWeightsTest, OfAutoAreThoseThatEnginesRun) {
  ASSERT_EQ(PackWeights(model_, Precision::kAuto), "");
  const auto expected = Answers(Precision::kAuto);
  Overwrite();
  EXPECT_EQ(Answers(Precision::kAuto), expected);
}

TEST_F(PackedWeightsTest, AreFoundFromAnyFolder) {
  ASSERT_EQ(PackWeights(model_, Precision::kF32), "");
  const fs::path here = fs::current_path();
  fs::current_path(folder_.path());
  EXPECT_TRUE(FindPackedWeights(model_.filename(), Precision::kF32));
  fs::current_path(here);
}

TEST_F(PackedWeightsTest, AreNotOfAModelThatChangedSince) {
  ASSERT_EQ(PackWeights(model_, Precision::kF32), "");
  fs::last_write_time(model_, fs::last_write_time(model_) + std::chrono::seconds(1));
  EXPECT_FALSE(FindPackedWeights(model_, Precision::kF32));
  EXPECT_EQ(PackWeights(model_, Precision::kF32), "");
  EXPECT_EQ(testing::NamesIn(folder_ / "cache").size(), 2U);  // the folder, and one file
}

TEST_F(PackedWeightsTest, AreNotOfFilesOfWeightsThatChangedSince) {
  Take("exported/thin_18_external");
  const fs::path data = folder_ / "thin_18_external.onnx.data";
  fs::copy_file(testing::Models() / "exported/thin_18_external.onnx.data", data);
  ASSERT_EQ(PackWeights(model_, Precision::kF32), "");
  fs::last_write_time(data, fs::last_write_time(data) + std::chrono::seconds(1));
  EXPECT_FALSE(FindPackedWeights(model_, Precision::kF32));
}

TEST_F(PackedWeightsTest, ThatAreDamagedAnywhereAreNotUsed) {
  const auto expected = Answers(Precision::kF32);
  const PackedWeights packed = Packed(Precision::kF32);
  const std::vector<uint8_t> whole = testing::ReadBytes(packed.file);
  for (const size_t at : {size_t{0}, size_t{24}, size_t{32}, size_t{40}, size_t{48}, size_t{60},
                          size_t{300}, size_t{600}, whole.size() / 2, whole.size() - 1}) {
    SCOPED_TRACE(at);
    std::vector<uint8_t> damaged = whole;
    damaged[at] ^= 0x80;
    testing::WriteBytes(packed.file, damaged);
    EXPECT_FALSE(FindPackedWeights(model_, Precision::kF32));
  }
  for (const size_t size : {size_t{0}, size_t{20}, size_t{56}, size_t{4096}, whole.size() - 1}) {
    testing::WriteBytes(packed.file, {whole.begin(), whole.begin() + static_cast<ptrdiff_t>(size)});
    EXPECT_FALSE(FindPackedWeights(model_, Precision::kF32)) << size;
  }
  EXPECT_EQ(Answers(Precision::kF32), expected);
  testing::WriteBytes(packed.file, whole);
  EXPECT_TRUE(FindPackedWeights(model_, Precision::kF32));
}

TEST_F(PackedWeightsTest, ThatOthersMayWriteToAreNotUsed) {
  const PackedWeights packed = Packed(Precision::kF32);
  chmod(packed.file.c_str(), 0620);
  EXPECT_FALSE(FindPackedWeights(model_, Precision::kF32));
  chmod(packed.file.c_str(), 0600);
  EXPECT_TRUE(FindPackedWeights(model_, Precision::kF32));
}

TEST_F(PackedWeightsTest, AreNoneOfANetworkOfOtherOperators) {
  Take("stray_sum");
  EXPECT_NE(PackWeights(model_, Precision::kF32), "");
  EXPECT_FALSE(fs::exists(folder_ / "cache"));
}

TEST_F(PackedWeightsTest, AreNotAGpus) {
  EXPECT_NE(PackWeights(model_, Precision::kF16).find("f16"), std::string::npos);
}

TEST_F(PackedWeightsTest, AreNoneWithoutACacheFolder) {
  unsetenv(kCache);
  const std::string home = std::getenv("HOME") == nullptr ? "" : std::getenv("HOME");
  unsetenv("HOME");
  EXPECT_NE(PackWeights(model_, Precision::kF32).find("XDG_CACHE_HOME"), std::string::npos);
  EXPECT_FALSE(FindPackedWeights(model_, Precision::kF32));
  if (!home.empty()) setenv("HOME", home.c_str(), 1);
}

TEST_F(PackedWeightsTest, AreRemovedForAllPrecisions) {
  EXPECT_FALSE(RemovePackedWeights(model_));
  for (const Precision precision : Precisions()) ASSERT_EQ(PackWeights(model_, precision), "");
  EXPECT_TRUE(RemovePackedWeights(model_));
  for (const Precision precision : Precisions()) {
    EXPECT_FALSE(FindPackedWeights(model_, precision));
  }
  EXPECT_FALSE(RemovePackedWeights(model_));
}

}  // namespace
}  // namespace mouthpiece
