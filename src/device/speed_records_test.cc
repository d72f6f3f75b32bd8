#include "device/speed_records.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

#include "mouthpiece/avatar.h"
#include "support/fixtures.h"
#include "support/package.h"

namespace mouthpiece {
namespace {

const SpeedRecord kCpu{DeviceKind::kCpu, "Xeon, 8 threads", "", 102.5};
const SpeedRecord kCard{DeviceKind::kDiscrete, "Card \"X\"", "driver 1", 500};

class SpeedRecords : public ::testing::Test {
 protected:
  const testing::TestPackage package_;  // a folder of its own
  const std::filesystem::path file_ = package_.path() / "speeds" / "speeds-1.json";
};

TEST_F(SpeedRecords, ComeBackAsTheyWereWritten) {
  EXPECT_TRUE(ReadSpeeds(file_).empty());
  RememberSpeeds(file_, {kCpu, kCard});
  const std::vector<SpeedRecord> read = ReadSpeeds(file_);
  ASSERT_EQ(read.size(), 2u);
  EXPECT_EQ(read[0].kind, DeviceKind::kCpu);
  EXPECT_EQ(read[0].fps, 102.5);
  EXPECT_EQ(read[1].name, kCard.name);
  EXPECT_EQ(read[1].driver, kCard.driver);
}

TEST_F(SpeedRecords, AreReplacedByThoseOfTheSameDevice) {
  RememberSpeeds(file_, {kCpu, kCard});
  RememberSpeeds(file_, {{DeviceKind::kDiscrete, kCard.name, "driver 2", 600}});
  const std::vector<SpeedRecord> read = ReadSpeeds(file_);
  ASSERT_EQ(read.size(), 2u);
  EXPECT_EQ(read[0].name, kCpu.name);
  EXPECT_EQ(read[1].driver, "driver 2");
  EXPECT_EQ(read[1].fps, 600);
}

TEST_F(SpeedRecords, AreNoneInADamagedFile) {
  for (const char* const text :
       {"", "{", "[]", "{\"schema\": \"mouthpiece.speeds/1\"}",
        "{\"schema\": \"mouthpiece.speeds/1\", \"devices\": [{\"type\": \"toaster\"}]}",
        "{\"schema\": \"mouthpiece.speeds/1\", \"devices\": 3}"}) {
    std::filesystem::create_directories(file_.parent_path());
    std::ofstream(file_) << text;
    EXPECT_TRUE(ReadSpeeds(file_).empty()) << text;
  }
}

TEST_F(SpeedRecords, AreOfOneNetwork) {
  const auto avatar = Avatar::Open(package_.path());
  const std::filesystem::path before = SpeedFile(PackageOf(*avatar));
  if (before.empty()) GTEST_SKIP() << "no cache folder: HOME is not set";
  EXPECT_EQ(SpeedFile(PackageOf(*avatar)), before);
  std::ofstream(PackageOf(*avatar).generator, std::ios::app) << "more";
  EXPECT_NE(SpeedFile(PackageOf(*avatar)), before);
}

}  // namespace
}  // namespace mouthpiece
