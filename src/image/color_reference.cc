#include <algorithm>
#include <cmath>

#include "image/color.h"

namespace mouthpiece {
namespace {

uint8_t Clamp8(int value) { return static_cast<uint8_t>(std::clamp(value, 0, 255)); }

uint8_t Round8(double value) { return Clamp8(static_cast<int>(std::lround(value))); }

struct Offsets {
  int b, g, r;
};

// (x with `bits` fractional bits), rounded.
int Rounded(int x, int bits) { return (x + (1 << (bits - 1))) >> bits; }

// What chroma adds to luma. Limited BT.601 in the fixed-point arithmetic of OpenCV's VideoCapture
// (shifts of negative numbers round down), full BT.601 as JFIF says, with 14 fractional bits.
Offsets ChromaOffsets(YuvMatrix matrix, ColorRange range, int u, int v) {
  if (matrix != YuvMatrix::kBt601) {
    const ChromaWeights weights = ChromaWeightsOf(matrix, range);
    u -= 128;
    v -= 128;
    return {Rounded(weights.u_in_b * u, 13), Rounded(weights.u_in_g * u + weights.v_in_g * v, 13),
            Rounded(weights.v_in_r * v, 13)};
  }
  if (range == ColorRange::kLimited) {
    u = 8 * u - 1024;
    v = 8 * v - 1024;
    return {(u * 16525) >> 16, ((u * -3209) >> 16) + ((v * -6660) >> 16), (v * 13075) >> 16};
  }
  u -= 128;
  v -= 128;
  return {Rounded(29032 * u, 14), Rounded(-5638 * u - 11700 * v, 14), Rounded(22970 * v, 14)};
}

int ScaledLuma(YuvMatrix matrix, ColorRange range, int y) {
  if (range == ColorRange::kFull) return y;
  if (matrix == YuvMatrix::kBt601) return ((8 * y - 128) * 9539) >> 16;
  return static_cast<int>(std::floor((y - 16) * 255.0 / 219 + 0.5));
}

}  // namespace

void YuvToBgrReference(ConstPictureView source, PictureView target, YuvMatrix matrix) {
  for (int y = 0; y < source.height(); ++y) {
    for (int x = 0; x < source.width(); ++x) {
      const int luma = ScaledLuma(matrix, source.range, source.planes[0].row(y)[x]);
      const Offsets offsets =
          ChromaOffsets(matrix, source.range, source.planes[1].row(y / 2)[x / 2],
                        source.planes[2].row(y / 2)[x / 2]);
      target.planes[0].row(y)[x] = Clamp8(luma + offsets.b);
      target.planes[1].row(y)[x] = Clamp8(luma + offsets.g);
      target.planes[2].row(y)[x] = Clamp8(luma + offsets.r);
    }
  }
}

void BgrToYuv(ConstPictureView source, PictureView target) {
  const bool limited = target.range == ColorRange::kLimited;
  const double luma_scale = limited ? 219.0 / 255 : 1;
  const double luma_offset = limited ? 16 : 0;
  const double chroma_scale = limited ? 224.0 / 255 : 1;
  const auto luma = [](double b, double g, double r) { return 0.114 * b + 0.587 * g + 0.299 * r; };
  for (int y = 0; y < source.height(); ++y) {
    for (int x = 0; x < source.width(); ++x) {
      target.planes[0].row(y)[x] = Round8(
          luma_offset + luma_scale * luma(source.planes[0].row(y)[x], source.planes[1].row(y)[x],
                                          source.planes[2].row(y)[x]));
    }
  }
  for (int y = 0; y < target.planes[1].height; ++y) {
    for (int x = 0; x < target.planes[1].width; ++x) {
      // At odd edges the last row and column stand for the missing ones.
      const int x2 = std::min(2 * x + 1, source.width() - 1);
      const int y2 = std::min(2 * y + 1, source.height() - 1);
      double mean[3];
      for (int p = 0; p < 3; ++p) {
        const ConstPlane& plane = source.planes[p];
        mean[p] = (plane.row(2 * y)[2 * x] + plane.row(2 * y)[x2] + plane.row(y2)[2 * x] +
                   plane.row(y2)[x2]) /
                  4.0;
      }
      const double mean_luma = luma(mean[0], mean[1], mean[2]);
      target.planes[1].row(y)[x] = Round8(128 + chroma_scale * (mean[0] - mean_luma) / 1.772);
      target.planes[2].row(y)[x] = Round8(128 + chroma_scale * (mean[2] - mean_luma) / 1.402);
    }
  }
}

void LimitedToFullReference(ConstPictureView source, PictureView target) {
  for (int p = 0; p < 3; ++p) {
    const double scale = p == 0 ? 255.0 / 219 : 255.0 / 224;
    const double zero = p == 0 ? 16 : 128;
    const double target_zero = p == 0 ? 0 : 128;
    for (int y = 0; y < source.planes[p].height; ++y) {
      const uint8_t* from = source.planes[p].row(y);
      uint8_t* to = target.planes[p].row(y);
      for (int x = 0; x < source.planes[p].width; ++x) {
        to[x] = Round8(target_zero + scale * (from[x] - zero));
      }
    }
  }
}

}  // namespace mouthpiece
