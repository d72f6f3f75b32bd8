#include "jpeg/block_transform.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "support/every_target.h"

namespace mouthpiece {
namespace {

int Below(int end, std::mt19937& random) {
  return static_cast<int>(random() % static_cast<unsigned>(end));
}

QuantTable RandomTable(std::mt19937& random) {
  uint16_t steps[kBlockSamples];
  const int most = 1 + Below(255, random);
  for (uint16_t& step : steps) step = static_cast<uint16_t>(1 + Below(most, random));
  return MakeQuantTable(steps);
}

/// Samples of every kind: noise of any strength, the extremes only, one value.
std::vector<uint8_t> RandomSamples(size_t count, std::mt19937& random) {
  const int kind = Below(4, random), base = Below(256, random), spread = 1 + Below(256, random);
  std::vector<uint8_t> samples(count);
  for (uint8_t& sample : samples) {
    const int value = kind == 0   ? Below(2, random) * 255
                      : kind == 1 ? base
                                  : std::min(255, base + Below(spread, random));
    sample = static_cast<uint8_t>(value);
  }
  return samples;
}

void ExpectSame(CoefficientRow& found, CoefficientRow& expected, int blocks) {
  for (int y = 0; y < kBlockSize; ++y) {
    ASSERT_TRUE(std::equal(expected.row(y), expected.row(y) + blocks * kBlockSize, found.row(y)))
        << "row " << y;
    ASSERT_TRUE(std::equal(expected.nonzero(y), expected.nonzero(y) + blocks, found.nonzero(y)))
        << "flags of row " << y;
  }
}

TEST(BlockTransform, EqualsTheReferenceOnRandomBlocks) {
  testing::OnEveryTarget([] {
    std::mt19937 random(1);
    CoefficientRow found, expected;
    for (int i = 0; i < 2000; ++i) {
      const int width = 1 + Below(90, random);
      const int height = 1 + Below(kBlockSize, random);
      const int stride = width + Below(3, random);
      // The memory ends with the last sample, so that AddressSanitizer sees reads behind it.
      const std::vector<uint8_t> samples =
          RandomSamples(static_cast<size_t>(stride * (height - 1) + width), random);
      const ConstPlane plane{samples.data(), stride, width, height};
      const QuantTable table = RandomTable(random);
      TransformBlocks(plane, table, found);
      TransformBlocksReference(plane, table, expected);
      SCOPED_TRACE(std::to_string(width) + "x" + std::to_string(height));
      ExpectSame(found, expected, (width + kBlockSize - 1) / kBlockSize);
      if (HasFatalFailure()) return;
    }
  });
}

// The bytes of a block that make a coefficient as large as it gets: the signs of its wave.
TEST(BlockTransform, EqualsTheReferenceOnTheStrongestWaves) {
  uint16_t ones[kBlockSamples];
  std::fill_n(ones, kBlockSamples, uint16_t{1});
  const QuantTable table = MakeQuantTable(ones);
  testing::OnEveryTarget([&] {
    CoefficientRow found, expected;
    for (int u = 0; u < kBlockSize; ++u) {
      for (int v = 0; v < kBlockSize; ++v) {
        uint8_t samples[2 * kBlockSamples];  // the wave and its opposite
        for (int i = 0; i < 2 * kBlockSamples; ++i) {
          const int x = i % 16 % kBlockSize, y = i / 16;
          const bool down = ((2 * x + 1) * u / 8 + 1) / 2 % 2 != ((2 * y + 1) * v / 8 + 1) / 2 % 2;
          samples[i] = down != (i % 16 >= kBlockSize) ? 0 : 255;
        }
        const ConstPlane plane{samples, 2 * kBlockSize, 2 * kBlockSize, kBlockSize};
        TransformBlocks(plane, table, found);
        TransformBlocksReference(plane, table, expected);
        ExpectSame(found, expected, 2);
      }
    }
  });
}

TEST(QuantTable, DividesExactlyWhateverTheStep) {
  for (int step = 1; step <= 255; ++step) {
    uint16_t steps[kBlockSamples];
    std::fill_n(steps, kBlockSamples, static_cast<uint16_t>(step));
    const QuantTable table = MakeQuantTable(steps);
    const unsigned divisor = table.divisor[0];
    ASSERT_EQ(divisor, 8u * static_cast<unsigned>(step));
    unsigned wrong = 0;
    for (unsigned x = 0; x + divisor / 2 + 1 < 65536; ++x) {
      const unsigned product = (x + table.correction[0]) * table.reciprocal[0] >> 16;
      wrong += product * table.scale[0] >> 16 != (x + divisor / 2) / divisor ? 1 : 0;
    }
    ASSERT_EQ(wrong, 0u) << divisor;
  }
}

}  // namespace
}  // namespace mouthpiece
