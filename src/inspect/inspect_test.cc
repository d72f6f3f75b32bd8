#include "mouthpiece/inspect.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "support/fixtures.h"
#include "support/package.h"
#include "support/speaker.h"

namespace mouthpiece {
namespace {

namespace fs = std::filesystem;
using testing::TestPackage;

TEST(InspectPackage, DescribesEveryPart) {
  const PackageReport report = InspectPackage(testing::DrawnPackage());
  EXPECT_TRUE(report.problems.empty());
  EXPECT_TRUE(report.warnings.empty());
  EXPECT_EQ(report.frame_count, 24);
  ASSERT_EQ(report.pictures.size(), 4U);
  EXPECT_EQ(report.pictures[0].path, "full_body_video.mp4");
  EXPECT_EQ(report.pictures[0].kind, "video");
  EXPECT_EQ(report.pictures[0].keyframes, 3);
  EXPECT_EQ(report.pictures[0].bytes,
            fs::file_size(testing::DrawnPackage() / "full_body_video.mp4"));
  EXPECT_EQ(report.pictures[3].width, 320);
  ASSERT_TRUE(report.rectangles.has_value());
  EXPECT_EQ(report.rectangles->count, 24);
  EXPECT_LT(report.rectangles->smallest.width(), report.rectangles->largest.width());
  ASSERT_TRUE(report.features.has_value());
  EXPECT_EQ(report.features->rows, 23);
  EXPECT_EQ(report.features->row_size, 512);
  ASSERT_EQ(report.models.size(), 1U);
  EXPECT_EQ(report.models[0].digest, DigestStatus::kNotGiven);
}

TEST(InspectPackage, LoadsTheAudioEncoder) {
  {
    const testing::Speaker good;
    EXPECT_TRUE(InspectPackage(good.path()).warnings.empty());
  }
  const testing::Speaker bad("wrong/encoders/narrow");
  const PackageReport report = InspectPackage(bad.path());
  EXPECT_TRUE(report.problems.empty()) << "features that are given can still be rendered";
  ASSERT_EQ(report.warnings.size(), 1U);
  EXPECT_NE(report.warnings[0].find("models/audio_encoder.onnx"), std::string::npos);
  EXPECT_NE(report.warnings[0].find("[N,512]"), std::string::npos);
}

TEST(InspectPackage, VerifiesTheRealEncodersDigest) {
  if (!fs::exists(testing::RealPackage())) GTEST_SKIP() << "the real package is not here";
  const PackageReport report = InspectPackage(testing::RealPackage());
  EXPECT_TRUE(report.problems.empty());
  ASSERT_EQ(report.models.size(), 2U);
  EXPECT_EQ(report.models[0].digest, DigestStatus::kNotGiven);
  EXPECT_EQ(report.models[1].digest, DigestStatus::kMatches);
}

TEST(InspectPackage, CollectsAllProblems) {
  const TestPackage package;
  fs::remove(package / "crops_328_video.mp4");
  package.Write("rois_320_video.mp4", "text");
  package.Write("cache/crop_rectangles.json", "[[0, 0, 999, 9]]");
  package.Write("aud_ave.npy", "text");
  package.Write("checkpoint/model_best.onnx", "");
  const PackageReport report = InspectPackage(package.path());
  ASSERT_EQ(report.problems.size(), 5U) << ReportToText(report);
  EXPECT_EQ(report.frame_count, 0);
  EXPECT_EQ(report.pictures.size(), 2U);
  EXPECT_FALSE(report.rectangles.has_value());
  EXPECT_FALSE(report.features.has_value());
  EXPECT_TRUE(report.models.empty());
}

TEST(InspectPackage, DoesNotThrowForAPackageThatIsNotThere) {
  EXPECT_EQ(InspectPackage("no/such/package").problems.size(), 1U);
}

TEST(ReportToText, HasALineForEachPartAndProblem) {
  PackageReport report = InspectPackage(testing::DrawnPackage());
  report.cache_costs.push_back({"ram", 3 << 20, 131072, "fits"});
  report.warnings = {"odd"};
  report.problems = {"bad"};
  const std::string text = ReportToText(report);
  for (const char* part :
       {"24 usable frames", "full_body_video.mp4", "426x240", "25 fps", "23 rows of 512", "3.0 MiB",
        "128.0 KiB a frame", "fits", "warning: odd\n", "problem: bad\n"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << " in\n" << text;
  }
}

TEST(ReportToJson, IsValidForAnyPath) {
  PackageReport report = InspectPackage(testing::DrawnPackage());
  report.path = "\xff\xfe";
  report.problems = {"\xff: is missing"};
  const auto json = nlohmann::json::parse(ReportToJson(report));
  EXPECT_EQ(json["schema"], "mouthpiece.inspect/1");
  EXPECT_EQ(json["frame_count"], 24);
  EXPECT_EQ(json["pictures"][0]["frame_rate"], nlohmann::json({25, 1}));
  EXPECT_EQ(json["problems"].size(), 1U);
}

}  // namespace
}  // namespace mouthpiece
