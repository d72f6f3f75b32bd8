#include <algorithm>
#include <cstdlib>

#include "jpeg/block_transform.h"
#include "jpeg/dct_weights.h"

namespace mouthpiece {
namespace {

constexpr int kCenter = 128;

int Descale(int sum, int bits) { return (sum + (1 << (bits - 1))) >> bits; }

/// Eight values, `step` apart, in place. `weight_shift` and `sum_shift` are what is shifted away
/// of products and of plain sums; the latter may be negative.
void Transform(int* v, int step, int weight_shift, int sum_shift) {
  int sums[4], differences[4];
  for (int i = 0; i < 4; ++i) {
    sums[i] = v[i * step] + v[(7 - i) * step];
    differences[i] = v[i * step] - v[(7 - i) * step];
  }
  const auto plain = [&](int sum) {
    return sum_shift > 0 ? Descale(sum, sum_shift) : sum * (1 << -sum_shift);
  };
  v[0] = plain(sums[0] + sums[3] + sums[1] + sums[2]);
  v[4 * step] = plain(sums[0] + sums[3] - sums[1] - sums[2]);
  for (int i = 0; i < 2; ++i) {
    v[(2 + 4 * i) * step] =
        Descale(kEvenWeights[i][0] * (sums[0] - sums[3]) + kEvenWeights[i][1] * (sums[1] - sums[2]),
                weight_shift);
  }
  for (int i = 0; i < 4; ++i) {
    int sum = 0;
    for (int k = 0; k < 4; ++k) sum += kOddWeights[i][k] * differences[k];
    v[(1 + 2 * i) * step] = Descale(sum, weight_shift);
  }
}

int16_t Quantise(int value, int divisor) {
  const int size = (std::abs(value) + divisor / 2) / divisor;
  return static_cast<int16_t>(value < 0 ? -size : size);
}

}  // namespace

void TransformBlocksReference(const ConstPlane& plane, const QuantTable& table,
                              CoefficientRow& target) {
  const int blocks = (plane.width + kBlockSize - 1) / kBlockSize;
  target.Resize(blocks);
  for (int b = 0; b < blocks; ++b) {
    int values[kBlockSamples];
    for (int i = 0; i < kBlockSamples; ++i) {
      const uint8_t* row = plane.row(std::min(i / kBlockSize, plane.height - 1));
      values[i] = row[std::min(b * kBlockSize + i % kBlockSize, plane.width - 1)] - kCenter;
    }
    for (int y = 0; y < kBlockSize; ++y) {
      Transform(values + y * kBlockSize, 1, kWeightBits - kPassBits, -kPassBits);
    }
    for (int x = 0; x < kBlockSize; ++x) {
      Transform(values + x, kBlockSize, kWeightBits + kPassBits, kPassBits);
    }
    for (int y = 0; y < kBlockSize; ++y) {
      target.nonzero(y)[b] = 0;
      for (int x = 0; x < kBlockSize; ++x) {
        const int i = y * kBlockSize + x;
        const int16_t value = Quantise(values[i], table.divisor[i]);
        target.row(y)[b * kBlockSize + x] = value;
        if (value != 0) target.nonzero(y)[b] |= static_cast<uint8_t>(1 << x);
      }
    }
  }
}

}  // namespace mouthpiece
