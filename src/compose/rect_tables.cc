#include "compose/rect_tables.h"

#include <algorithm>
#include <cmath>

#include "compose/resample.h"

namespace mouthpiece {
namespace {

constexpr int kColumnsPerBlock = 4;
constexpr int kSamplesPerBlock = 8;

int16_t Fixed(double value, int bits) {
  return static_cast<int16_t>(std::clamp(std::lround(std::ldexp(value, bits)), -32768L, 32767L));
}

// Rounded so that they still sum to one.
std::array<int16_t, 4> FixedWeights(const ResampleTaps& taps, int count, int bits) {
  std::array<int16_t, 4> fixed{};
  int rest = 1 << bits;
  size_t largest = 0;
  for (size_t i = 0; i < static_cast<size_t>(count); ++i) {
    fixed[i] = Fixed(taps.weights[i], bits);
    rest -= fixed[i];
    if (taps.weights[i] > taps.weights[largest]) largest = i;
  }
  fixed[largest] = static_cast<int16_t>(fixed[largest] + rest);
  return fixed;
}

// Column that place `i` of the tables stands for, see RectTables.
int ColumnAt(int i, int lanes) {
  const int blocks = lanes / (2 * kColumnsPerBlock);  // in one step
  const int block = i % lanes / kColumnsPerBlock;
  const int natural = block < blocks ? 2 * block : 2 * (block - blocks) + 1;
  return i / lanes * lanes + natural * kColumnsPerBlock + i % kColumnsPerBlock;
}

}  // namespace

RectTables MakeRectTables(const RectShape& shape, int crop, Resample resample, int lanes) {
  const int taps = TapCount(resample);
  RectTables tables;
  tables.shape = shape;
  tables.lanes = lanes;
  const int before = shape.odd_x ? 1 : 0;
  tables.columns = (before + shape.width + 1) / 2 * 2;
  tables.vectors = (tables.columns + lanes - 1) / lanes;

  for (int y = 0; y < shape.height; ++y) {
    const ResampleTaps row = TapsAt(y, crop, shape.height, resample);
    tables.rows.push_back({row.first, resample == Resample::kLinear
                                          ? std::array<int16_t, 4>{0, Fixed(row.weights[1], 15)}
                                          : FixedWeights(row, taps, kColumnWeightBits)});
  }

  // Each place's first sample in the row buffer, and its weights.
  const int places = tables.vectors * lanes;
  std::vector<int> first(static_cast<size_t>(places));
  for (int i = 0; i < places; ++i) {
    const int column = ColumnAt(i, lanes);
    const ResampleTaps taps_here =
        TapsAt(std::clamp(column - before, 0, shape.width - 1), crop, shape.width, resample);
    first[static_cast<size_t>(i)] = kRowOffset + taps_here.first;
    std::array<int16_t, 4> weights{};
    if (column < tables.columns) weights = FixedWeights(taps_here, taps, kColumnWeightBits);
    for (size_t pair = 0; pair < static_cast<size_t>(taps / 2); ++pair) {
      tables.pair_weights[pair].push_back(weights[2 * pair]);
      tables.pair_weights[pair].push_back(weights[2 * pair + 1]);
    }
  }

  tables.dense = true;
  for (size_t i = 0; i < first.size(); i += kColumnsPerBlock) {
    if (first[i + kColumnsPerBlock - 1] + 2 > first[i] + kSamplesPerBlock) tables.dense = false;
  }
  for (size_t i = 0; i < first.size(); ++i) {
    if (!tables.dense) {
      tables.byte_offsets.push_back(2 * first[i]);
      continue;
    }
    const int start = first[i - i % kColumnsPerBlock];
    if (i % kColumnsPerBlock == 0) tables.block_offsets.push_back(start);
    for (int byte = 0; byte < 4; ++byte) {
      tables.shuffles.push_back(static_cast<uint8_t>(2 * (first[i] - start) + byte));
    }
  }
  return tables;
}

}  // namespace mouthpiece
