#include "media/clean_start.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <vector>

namespace mouthpiece::media {
namespace {

using Unit = std::vector<uint8_t>;

constexpr uint8_t kSupplement = 6;
constexpr uint8_t kRecoveryPoint = 6;
constexpr uint8_t kExactAtOnce = 0xc4;
const Unit kSlice = {1, 0x88};
const Unit kIdrSlice = {5, 0x88};

/// Whether decoding of H.264 can begin at a packet of `units`, each behind a start code, in a
/// buffer that ends where they do.
bool IsCleanH264(const std::vector<Unit>& units) {
  Unit bytes;
  for (const Unit& unit : units) {
    bytes.insert(bytes.end(), {0, 0, 1});
    bytes.insert(bytes.end(), unit.begin(), unit.end());
  }
  bytes.shrink_to_fit();
  AVCodecParameters parameters = {};
  parameters.codec_type = AVMEDIA_TYPE_VIDEO;
  parameters.codec_id = AV_CODEC_ID_H264;
  AVPacket packet = {};
  packet.data = bytes.data();
  packet.size = static_cast<int>(bytes.size());
  return CleanStarts(parameters).IsClean(packet);
}

TEST(CleanStarts, OfH264AreIdrPicturesAndExactRecoveryPoints) {
  EXPECT_TRUE(IsCleanH264({kIdrSlice}));
  EXPECT_FALSE(IsCleanH264({kSlice}));
  EXPECT_FALSE(IsCleanH264({}));
  EXPECT_TRUE(IsCleanH264({{kSupplement, kRecoveryPoint, 1, kExactAtOnce, 0x80}, kSlice}));
  EXPECT_FALSE(IsCleanH264({{kSupplement, kRecoveryPoint, 1, 0x44, 0x80}, kSlice}));
}

TEST(CleanStarts, FindARecoveryPointBehindOtherMessages) {
  Unit supplement = {kSupplement, 5, 0xff, 45};  // 300 bytes of the user's
  supplement.resize(supplement.size() + 300, 'x');
  supplement.insert(supplement.end(), {kRecoveryPoint, 1, kExactAtOnce, 0x80});
  EXPECT_TRUE(IsCleanH264({supplement, kSlice}));
}

TEST(CleanStarts, EndAtTheEndOfASupplementThatPromisesMore) {
  EXPECT_FALSE(IsCleanH264({{kSupplement, 5, 200, 'x', 'y'}, kSlice}));
  EXPECT_FALSE(IsCleanH264({{kSupplement, 0xff, 0xff, 0xff}, kSlice}));
  EXPECT_FALSE(IsCleanH264({{kSupplement, 5, 0xff, 0xff}, kSlice}));
  EXPECT_FALSE(IsCleanH264({{kSupplement, kRecoveryPoint, 0xff, 0xff}, kSlice}));
  EXPECT_FALSE(IsCleanH264({{kSupplement}, kSlice}));
}

TEST(CleanStarts, ReadNothingBeyondRandomSupplements) {
  std::mt19937 random(5);
  for (int i = 0; i < 20000; ++i) {
    Unit supplement = {kSupplement};
    for (auto left = random() % 12; left > 0; --left) {
      const auto kind = random() % 3;
      supplement.push_back(static_cast<uint8_t>(kind == 0 ? 0xff : random() % 8));
    }
    IsCleanH264({supplement, kSlice});
  }
}

}  // namespace
}  // namespace mouthpiece::media
