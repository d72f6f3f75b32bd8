// The packages of tests/damage_packages.py, each with what must come of it.
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "avatar/inspect.h"
#include "mouthpiece/avatar.h"
#include "support/errors.h"
#include "support/files.h"
#include "support/fixtures.h"

namespace mouthpiece {
namespace {

using nlohmann::json;

std::filesystem::path Folder() { return testing::DamagedPackages(); }

json Cases() { return json::parse(testing::ReadFile(Folder() / "cases.json")); }

TEST(DamagedPackages, AreRefusedInOneLineThatNamesTheFile) {
  int refused = 0;
  for (const json& entry : Cases()) {
    if (entry["stage"] != "package" || !entry.contains("expect")) continue;
    SCOPED_TRACE(entry.dump());
    const std::filesystem::path path = Folder() / entry["name"].get<std::string>();
    for (const json& part : entry["expect"]) {
      testing::ExpectError(ErrorCode::kBadPackage, {part.get<std::string>(), path.string()},
                           [&] { Avatar::Open(path); });
    }
    ++refused;
  }
  EXPECT_GE(refused, 45);
}

TEST(DamagedPackages, HaveTheSameFirstProblemWhenInspected) {
  for (const json& entry : Cases()) {
    SCOPED_TRACE(entry.dump());
    const std::filesystem::path path = Folder() / entry["name"].get<std::string>();
    const PackageReport report = InspectFiles(path);
    try {
      EXPECT_EQ(Avatar::Open(path)->frame_count(), report.frame_count);
      EXPECT_TRUE(report.problems.empty()) << report.problems[0];
    } catch (const Error& error) {
      ASSERT_FALSE(report.problems.empty()) << error.what();
      EXPECT_EQ(report.problems[0], error.what());
      EXPECT_EQ(report.frame_count, 0);
    }
  }
}

TEST(UnusualPackages, OpenAndWarnOnlyWhereSomethingIsOdd) {
  int opened = 0;
  for (const json& entry : Cases()) {
    if (entry["stage"] == "package" && entry.contains("expect")) continue;
    SCOPED_TRACE(entry.dump());
    const auto avatar = Avatar::Open(Folder() / entry["name"].get<std::string>());
    EXPECT_GT(avatar->frame_count(), 0);
    ++opened;
    if (!entry.contains("warns")) continue;  // what shows later may show in a warning before
    const json& warns = entry["warns"];
    ASSERT_EQ(avatar->warnings().size(), warns.size());
    for (size_t i = 0; i < warns.size(); ++i) {
      EXPECT_NE(avatar->warnings()[i].find(warns[i].get<std::string>()), std::string::npos);
    }
  }
  EXPECT_GT(opened, 10);
}

}  // namespace
}  // namespace mouthpiece
