// Random damage: whatever happens to a file, opening works or throws Error.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>

#include "avatar/features.h"
#include "avatar/rectangles.h"
#include "media/picture_header.h"
#include "mouthpiece/avatar.h"
#include "mouthpiece/error.h"
#include "support/files.h"
#include "support/package.h"

namespace mouthpiece {
namespace {

using testing::ReadFile;
using testing::TestPackage;

/// `content` cut short, with bytes changed, or both; mostly near its start, where headers are.
std::string Damaged(std::string content, std::mt19937& random) {
  const auto place = [&] {
    const size_t limit = random() % 2 == 0 ? std::min<size_t>(content.size(), 200) : content.size();
    return random() % limit;
  };
  const auto kind = random() % 3;
  if (kind != 0) {
    for (auto i = random() % 8 + 1; i > 0; --i) {
      content[place()] = static_cast<char>(random() % 256);
    }
  }
  if (kind != 1) content.resize(place());
  return content;
}

/// Damages `name` of a package `rounds` times and runs `read` on it. Returns how often it was
/// refused.
template <typename Read>
int Refused(const std::string& name, int rounds, Read read) {
  const TestPackage package;
  const std::string good = ReadFile(package / name);
  std::mt19937 random(11);
  int refused = 0;
  for (int i = 0; i < rounds; ++i) {
    package.Write(name, Damaged(good, random));
    try {
      read(package);
    } catch (const Error& error) {
      ++refused;
      EXPECT_NE(std::string(error.what()).find(name), std::string::npos) << error.what();
    }
  }
  return refused;
}

TEST(RandomDamage, OfFeaturesIsReadOrRefused) {
  const int refused =
      Refused("aud_ave.npy", 1500, [](const TestPackage& p) { LoadFeatures(p / "aud_ave.npy"); });
  EXPECT_GT(refused, 750);
}

TEST(RandomDamage, OfRectanglesIsReadOrRefused) {
  const char* name = "cache/crop_rectangles.json";
  const int refused =
      Refused(name, 1500, [name](const TestPackage& p) { ReadRectangles(p / name); });
  EXPECT_GT(refused, 750);
}

TEST(RandomDamage, OfVideosIsReadOrRefused) {
  const int refused =
      Refused("rois_320_video.mp4", 150, [](const TestPackage& p) { Avatar::Open(p.path()); });
  EXPECT_GT(refused, 75);
}

TEST(RandomDamage, OfIndexesOfVideosIsReadOrRefused) {
  // The boxes that index the frames stand at the end of the file.
  const TestPackage package;
  const std::string good = ReadFile(package / "crops_328_video.mp4");
  const size_t boxes = good.rfind("moov");
  ASSERT_NE(boxes, std::string::npos);
  std::mt19937 random(12);
  for (int i = 0; i < 150; ++i) {
    std::string bad = good;
    for (int k = 0; k < 3; ++k) {
      bad[boxes + random() % (bad.size() - boxes)] = static_cast<char>(random() % 256);
    }
    package.Write("crops_328_video.mp4", bad);
    try {
      EXPECT_GT(Avatar::Open(package.path())->frame_count(), 0);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kBadPackage);
    }
  }
}

TEST(RandomDamage, OfImagesIsReadOrRefused) {
  const testing::TempFolder folder;
  std::mt19937 random(13);
  const std::string jpeg(
      "\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
      "\xff\xc0\x00\x11\x08\x01\x40\x01\x40\x03\x01\x22\x00\x02\x11\x01\x03\x11\x01",
      39);
  for (const std::string& good : {jpeg, testing::PngOfSize(320, 320)}) {
    for (int i = 0; i < 1000; ++i) {
      const auto path = folder.Write("image", Damaged(good, random));
      try {
        EXPECT_GT(ReadPictureHeader(path).width, 0);
      } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::kBadMedia);
      }
    }
  }
}

}  // namespace
}  // namespace mouthpiece
