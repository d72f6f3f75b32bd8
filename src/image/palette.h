// Few colours for many: what formats of 256 colours show.
#ifndef MOUTHPIECE_IMAGE_PALETTE_H_
#define MOUTHPIECE_IMAGE_PALETTE_H_

#include <array>
#include <cstdint>
#include <vector>

#include "image/image.h"

namespace mouthpiece {

/// B, G, R.
using Palette = std::vector<std::array<uint8_t, 3>>;

/// How often each colour occurs, of which the upper six bits a component are looked at.
class ColorCount {
 public:
  ColorCount() : counts_(size_t{1} << 18) {}

  /// Adds the pixels of a kBgrPlanar picture of any size.
  void Add(ConstPictureView picture);
  /// At most `size` colours: the box of all colours is divided where that takes away most of the
  /// squared error, at the mean, again and again, and each box becomes its mean (median cut, after
  /// Heckbert 1982, with the variance for the count as in Wan et al. 1990).
  Palette Choose(int size) const;

 private:
  std::vector<uint32_t> counts_;
};

/// Pixels to numbers of colours, with a fixed 8x8 pattern of dots: a pixel that does not change
/// keeps its number, which spreading the error would not promise. Not thread-safe.
class PaletteMapper {
 public:
  /// `palette` holds 1 to 256 colours.
  explicit PaletteMapper(Palette palette)
      : palette_(std::move(palette)), nearest_(size_t{1} << 18, kUnknown) {}

  const Palette& palette() const { return palette_; }
  /// `picture` is kBgrPlanar, of the plane's size.
  void Map(ConstPictureView picture, const Plane& numbers);

 private:
  static constexpr uint16_t kUnknown = 0xffff;
  uint16_t Nearest(uint32_t color) const;

  const Palette palette_;
  std::vector<uint16_t> nearest_;  ///< By the upper six bits of B, G, R; filled as they occur
};

}  // namespace mouthpiece

#endif  // MOUTHPIECE_IMAGE_PALETTE_H_
