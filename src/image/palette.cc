#include "image/palette.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <utility>

namespace mouthpiece {
namespace {

constexpr int kBits = 6;
constexpr int kShift = 8 - kBits;

/// Colours 0..255 by number of ColorCount's bins.
uint32_t BinOf(int b, int g, int r) {
  return static_cast<uint32_t>((b >> kShift) << (2 * kBits) | (g >> kShift) << kBits | r >> kShift);
}

/// The middle of a bin.
int ComponentOf(uint32_t bin, int component) {
  const uint32_t bits = bin >> ((2 - component) * kBits) & ((1U << kBits) - 1);
  return static_cast<int>(bits << kShift) + (1 << (kShift - 1));
}

struct Bin {
  int color[3];
  double count;
};

/// Bins that become one colour.
struct Box {
  std::span<Bin> bins;
  double mean[3] = {};
  int axis = 0;      ///< Along which they lie farthest apart
  double error = 0;  ///< Sum of squared distances from the mean along it
};

Box Measure(std::span<Bin> bins) {
  Box box{.bins = bins};
  double count = 0;
  double sums[3] = {};
  double squares[3] = {};
  for (const Bin& bin : bins) {
    count += bin.count;
    for (int c = 0; c < 3; ++c) {
      sums[c] += bin.count * bin.color[c];
      squares[c] += bin.count * bin.color[c] * bin.color[c];
    }
  }
  for (int c = 0; c < 3; ++c) {
    box.mean[c] = sums[c] / count;
    const double error = squares[c] - sums[c] * box.mean[c];
    if (bins.size() > 1 && error > box.error) {
      box.error = error;
      box.axis = c;
    }
  }
  return box;
}

// Thresholds 0..63, each as far as can be from its like.
constexpr uint8_t kDots[8][8] = {{0, 32, 8, 40, 2, 34, 10, 42},  {48, 16, 56, 24, 50, 18, 58, 26},
                                 {12, 44, 4, 36, 14, 46, 6, 38}, {60, 28, 52, 20, 62, 30, 54, 22},
                                 {3, 35, 11, 43, 1, 33, 9, 41},  {51, 19, 59, 27, 49, 17, 57, 25},
                                 {15, 47, 7, 39, 13, 45, 5, 37}, {63, 31, 55, 23, 61, 29, 53, 21}};

/// What a pixel there gets: -8 to 7, about as far as 256 colours of a picture lie apart.
int DotAt(int x, int y) { return (kDots[y & 7][x & 7] - 32) / 4; }

}  // namespace

void ColorCount::Add(ConstPictureView picture) {
  for (int y = 0; y < picture.height(); ++y) {
    const uint8_t* const b = picture.planes[0].row(y);
    const uint8_t* const g = picture.planes[1].row(y);
    const uint8_t* const r = picture.planes[2].row(y);
    for (int x = 0; x < picture.width(); ++x) ++counts_[BinOf(b[x], g[x], r[x])];
  }
}

Palette ColorCount::Choose(int size) const {
  std::vector<Bin> bins;
  for (uint32_t i = 0; i < counts_.size(); ++i) {
    if (counts_[i] == 0) continue;
    bins.push_back({{ComponentOf(i, 0), ComponentOf(i, 1), ComponentOf(i, 2)},
                    static_cast<double>(counts_[i])});
  }
  if (bins.empty()) return {{0, 0, 0}};
  std::vector<Box> boxes = {Measure(bins)};
  while (boxes.size() < static_cast<size_t>(size)) {
    const auto worst = std::ranges::max_element(boxes, {}, &Box::error);
    if (worst->error <= 0) break;
    const std::span<Bin> all = worst->bins;
    const auto middle = std::stable_partition(
        all.begin(), all.end(),
        [box = *worst](const Bin& bin) { return bin.color[box.axis] < box.mean[box.axis]; });
    const auto left = static_cast<size_t>(middle - all.begin());
    *worst = Measure(all.first(left));
    boxes.push_back(Measure(all.subspan(left)));
  }
  Palette palette;
  for (const Box& box : boxes) {
    auto& color = palette.emplace_back();
    for (size_t c = 0; c < 3; ++c) color[c] = static_cast<uint8_t>(std::lround(box.mean[c]));
  }
  return palette;
}

uint16_t PaletteMapper::Nearest(uint32_t color) const {
  // About as much as each component counts for brightness.
  constexpr int kWeights[3] = {1, 4, 2};
  int least = std::numeric_limits<int>::max();
  size_t nearest = 0;
  for (size_t i = 0; i < palette_.size(); ++i) {
    int distance = 0;
    for (int c = 0; c < 3; ++c) {
      const int difference = ComponentOf(color, c) - palette_[i][static_cast<size_t>(c)];
      distance += kWeights[c] * difference * difference;
    }
    if (distance < least) {
      least = distance;
      nearest = i;
    }
  }
  return static_cast<uint16_t>(nearest);
}

void PaletteMapper::Map(ConstPictureView picture, const Plane& numbers) {
  for (int y = 0; y < picture.height(); ++y) {
    const uint8_t* const b = picture.planes[0].row(y);
    const uint8_t* const g = picture.planes[1].row(y);
    const uint8_t* const r = picture.planes[2].row(y);
    uint8_t* const to = numbers.row(y);
    int dots[8];
    for (int x = 0; x < 8; ++x) dots[x] = DotAt(x, y);
    for (int x = 0; x < picture.width(); ++x) {
      const int dot = dots[x & 7];
      const uint32_t color = BinOf(std::clamp(b[x] + dot, 0, 255), std::clamp(g[x] + dot, 0, 255),
                                   std::clamp(r[x] + dot, 0, 255));
      uint16_t& nearest = nearest_[color];
      if (nearest == kUnknown) nearest = Nearest(color);
      to[x] = static_cast<uint8_t>(nearest);
    }
  }
}

}  // namespace mouthpiece
