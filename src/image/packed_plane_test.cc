#include "image/packed_plane.h"

#include <gtest/gtest.h>

#include <random>
#include <utility>
#include <vector>

#include "support/every_target.h"

namespace mouthpiece {
namespace {

using testing::OnEveryTarget;

/// Samples that differ from their neighbours by at most `noise`.
std::vector<uint8_t> Draw(int width, int height, int noise, unsigned seed) {
  std::minstd_rand random(seed);
  std::vector<uint8_t> samples(static_cast<size_t>(width) * static_cast<size_t>(height));
  for (size_t i = 0; i < samples.size(); ++i) {
    const int x = static_cast<int>(i) % width;
    const int y = static_cast<int>(i) / width;
    samples[i] = static_cast<uint8_t>(
        x / 2 + y / 3 + static_cast<int>(random() % static_cast<unsigned>(noise + 1)));
  }
  return samples;
}

std::vector<uint8_t> Pack(const std::vector<uint8_t>& samples, int width, int height) {
  std::vector<uint8_t> packed;
  PackPlane({samples.data(), width, width, height}, packed);
  return packed;
}

void CheckBackAndForth(int width, int height, int noise, unsigned seed) {
  const std::vector<uint8_t> samples = Draw(width, height, noise, seed);
  std::vector<uint8_t> packed = Pack(samples, width, height);
  const size_t size = packed.size();
  packed.resize(size + kPackedPadding);
  constexpr uint8_t kUntouched = 0xA5;
  const int stride = width + 3;
  std::vector<uint8_t> back(static_cast<size_t>(stride) * static_cast<size_t>(height), kUntouched);
  EXPECT_EQ(UnpackPlane(packed.data(), {back.data(), stride, width, height}), packed.data() + size);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < stride; ++x) {
      const size_t at =
          static_cast<size_t>(y) * static_cast<size_t>(stride) + static_cast<size_t>(x);
      const uint8_t expected = x < width ? samples[static_cast<size_t>(y * width + x)] : kUntouched;
      ASSERT_EQ(back[at], expected) << x << ',' << y << " of " << width << 'x' << height;
    }
  }
}

TEST(PackedPlane, ComesBackAsItWasOnEveryTarget) {
  OnEveryTarget([] {
    std::minstd_rand random(7);
    for (unsigned round = 0; round < 300; ++round) {
      const int width = 1 + static_cast<int>(random() % 200);
      const int height = 1 + static_cast<int>(random() % 12);
      CheckBackAndForth(width, height, static_cast<int>(random() % 256), round);
    }
  });
}

TEST(PackedPlane, PacksTheSameBytesOnEveryTarget) {
  const std::vector<uint8_t> samples = Draw(131, 40, 9, 3);
  const std::vector<uint8_t> expected = Pack(samples, 131, 40);
  OnEveryTarget([&] { EXPECT_EQ(Pack(samples, 131, 40), expected); });
}

TEST(PackedPlane, TakesFewBytesForWhatIsEven) {
  // All but the first row, which takes seven bits a sample, equal the one above.
  EXPECT_EQ(Pack(std::vector<uint8_t>(64 * 64, 200), 64, 64).size(), 64U + 64U * 7 / 8);
  EXPECT_LT(Pack(Draw(320, 320, 3, 1), 320, 320).size(), 320U * 320 * 45 / 100);
  EXPECT_LE(Pack(Draw(320, 320, 255, 1), 320, 320).size(), 320U * 320 + 320 * 5);
}

TEST(PackedPlane, AppendsToWhatIsThere) {
  std::vector<uint8_t> packed{1, 2, 3};
  const std::vector<uint8_t> samples = Draw(70, 5, 20, 1);
  PackPlane({samples.data(), 70, 70, 5}, packed);
  EXPECT_EQ(packed[2], 3);
  EXPECT_EQ(std::vector<uint8_t>(packed.begin() + 3, packed.end()), Pack(samples, 70, 5));
}

}  // namespace
}  // namespace mouthpiece
