#include "cluster/fingerprint.h"

#include <gtest/gtest.h>

#include <fstream>

#include "avatar/package.h"
#include "mouthpiece/avatar.h"
#include "support/files.h"
#include "support/fixtures.h"

namespace mouthpiece {
namespace {

namespace fs = std::filesystem;

class FingerprintTest : public ::testing::Test {
 protected:
  void SetUp() override {
    fs::copy(testing::DrawnPackage(), folder_,
             fs::copy_options::recursive | fs::copy_options::overwrite_existing);
  }
  static std::string OfAvatar(const fs::path& folder) {
    const auto avatar = Avatar::Open(folder);
    return AvatarFingerprint(PackageOf(*avatar), PackageOf(*avatar).generator);
  }
  std::string OfAvatar() const { return OfAvatar(folder_); }
  std::string OfSpeech(const Job& job = {}) const {
    return SpeechFingerprint(PackageOf(*Avatar::Open(folder_)), job);
  }
  static void ChangeLastByte(const fs::path& path) {
    std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
    file.seekg(-1, std::ios::end);
    const int last = file.get();
    file.seekp(-1, std::ios::end);
    file.put(static_cast<char>(last ^ 1));
  }

  fs::path folder_ = testing::EmptyFolder();
};

TEST_F(FingerprintTest, IsTheSameForACopy) {
  EXPECT_EQ(OfAvatar(), OfAvatar(testing::DrawnPackage()));
  EXPECT_EQ(OfAvatar().size(), 16u);
}

TEST_F(FingerprintTest, ShowsThatAPartOfTheAvatarIsAnother) {
  const std::string before = OfAvatar();
  ChangeLastByte(folder_ / "full_body_video.mp4");
  const std::string after = OfAvatar();
  EXPECT_NE(after, before);
  fs::copy_file(folder_ / "rois_320_video.mp4", folder_ / "model_inputs_video.mp4",
                fs::copy_options::overwrite_existing);
  EXPECT_NE(OfAvatar(), after);
}

TEST_F(FingerprintTest, ShowsThatTheSpeechIsAnother) {
  const std::string avatar = OfAvatar();
  const std::string before = OfSpeech();
  ChangeLastByte(folder_ / "aud_ave.npy");
  EXPECT_NE(OfSpeech(), before);
  EXPECT_EQ(OfAvatar(), avatar);
  Job job{.drive = FeatureFile{folder_ / "aud_ave.npy"}};
  EXPECT_EQ(OfSpeech(job), OfSpeech());
  job.sound = folder_ / "package_info.json";
  EXPECT_NE(OfSpeech(job), OfSpeech());
}

TEST_F(FingerprintTest, LooksAtBothEndsOfALargeFile) {
  const fs::path large = folder_ / "large";
  const Job job{.drive = FeatureFile{large}};
  std::ofstream(large).put('a');
  fs::resize_file(large, 20'000'001);
  const std::string zeros = OfSpeech(job);
  ChangeLastByte(large);
  const std::string changed = OfSpeech(job);
  EXPECT_NE(changed, zeros);
  fs::resize_file(large, 20'000'002);
  EXPECT_NE(OfSpeech(job), changed);
}

}  // namespace
}  // namespace mouthpiece
