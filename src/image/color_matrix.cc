#include "image/color_matrix.h"

#include <algorithm>
#include <cmath>

#include "image/color.h"

namespace mouthpiece {
namespace {

/// What R and B count in luma; G counts the rest (H.273, table 4).
struct LumaWeights {
  double red, blue;

  double green() const { return 1 - red - blue; }
};

LumaWeights LumaWeightsOf(YuvMatrix matrix) {
  switch (matrix) {
    case YuvMatrix::kBt709:
      return {0.2126, 0.0722};
    case YuvMatrix::kFcc:
      return {0.30, 0.11};
    case YuvMatrix::kSmpte240:
      return {0.212, 0.087};
    case YuvMatrix::kBt2020:
      return {0.2627, 0.0593};
    case YuvMatrix::kBt601:
      break;
  }
  return {0.299, 0.114};
}

double ChromaScale(ColorRange range) { return range == ColorRange::kLimited ? 255.0 / 224 : 1; }

/// What U and V of [-0.5, 0.5] count in B, G and R of [0, 1].
struct RealChromaWeights {
  double u_in_b, u_in_g, v_in_g, v_in_r;
};

RealChromaWeights RealWeightsOf(YuvMatrix matrix) {
  const LumaWeights luma = LumaWeightsOf(matrix);
  const double u_in_b = 2 * (1 - luma.blue);
  const double v_in_r = 2 * (1 - luma.red);
  return {u_in_b, -u_in_b * luma.blue / luma.green(), -v_in_r * luma.red / luma.green(), v_in_r};
}

constexpr int kBits = 14;

int Fixed(double weight) { return static_cast<int>(std::lround(weight * (1 << kBits))); }

uint8_t Code(int fixed) {
  return static_cast<uint8_t>(std::clamp((fixed + (1 << (kBits - 1))) >> kBits, 0, 255));
}

/// What codes less their zero count in those of JFIF; kBits fractional bits. Grey stays grey.
struct ToJfif {
  int luma, u_in_luma, v_in_luma, u_in_u, v_in_u, u_in_v, v_in_v;
};

ToJfif WeightsToJfif(YuvMatrix matrix, ColorRange range) {
  const RealChromaWeights from = RealWeightsOf(matrix);
  const LumaWeights to = LumaWeightsOf(YuvMatrix::kBt601);
  const double scale = ChromaScale(range);
  // What chroma adds to B and R, and so to luma as JFIF has it.
  const double u_in_luma = to.blue * from.u_in_b + to.green() * from.u_in_g;
  const double v_in_luma = to.red * from.v_in_r + to.green() * from.v_in_g;
  const double u_step = scale / (2 * (1 - to.blue));
  const double v_step = scale / (2 * (1 - to.red));
  return {.luma = Fixed(range == ColorRange::kLimited ? 255.0 / 219 : 1),
          .u_in_luma = Fixed(scale * u_in_luma),
          .v_in_luma = Fixed(scale * v_in_luma),
          .u_in_u = Fixed(u_step * (from.u_in_b - u_in_luma)),
          .v_in_u = Fixed(-u_step * v_in_luma),
          .u_in_v = Fixed(-v_step * u_in_luma),
          .v_in_v = Fixed(v_step * (from.v_in_r - v_in_luma))};
}

}  // namespace

std::optional<YuvMatrix> KnownMatrix(int code_point) {
  switch (code_point) {
    case 1:
      return YuvMatrix::kBt709;
    case 2:
    case 5:
    case 6:
      return YuvMatrix::kBt601;
    case 4:
      return YuvMatrix::kFcc;
    case 7:
      return YuvMatrix::kSmpte240;
    case 9:
      return YuvMatrix::kBt2020;
    default:
      return std::nullopt;
  }
}

YuvMatrix MatrixOf(int code_point) { return KnownMatrix(code_point).value_or(YuvMatrix::kBt601); }

ChromaWeights ChromaWeightsOf(YuvMatrix matrix, ColorRange range) {
  const RealChromaWeights weights = RealWeightsOf(matrix);
  const auto fixed = [scale = ChromaScale(range)](double weight) {
    return static_cast<int16_t>(std::lround(weight * scale * (1 << 13)));
  };
  return {fixed(weights.u_in_b), fixed(weights.u_in_g), fixed(weights.v_in_g),
          fixed(weights.v_in_r)};
}

void YuvToJfif(ConstPictureView source, YuvMatrix matrix, PictureView target) {
  if (matrix == YuvMatrix::kBt601 && source.range == ColorRange::kLimited) {
    LimitedToFull(source, target);
    return;
  }
  const ToJfif weights = WeightsToJfif(matrix, source.range);
  const int zero = source.range == ColorRange::kLimited ? 16 : 0;
  const int width = source.width();
  for (int y = 0; y < source.height(); ++y) {
    const uint8_t* luma = source.planes[0].row(y);
    const uint8_t* u = source.planes[1].row(y / 2);
    const uint8_t* v = source.planes[2].row(y / 2);
    uint8_t* to = target.planes[0].row(y);
    for (int x = 0; x < width; ++x) {
      to[x] = Code(weights.luma * (luma[x] - zero) + weights.u_in_luma * (u[x / 2] - 128) +
                   weights.v_in_luma * (v[x / 2] - 128));
    }
  }
  constexpr int kMiddle = 128 << kBits;
  for (int y = 0; y < source.planes[1].height; ++y) {
    const uint8_t* u = source.planes[1].row(y);
    const uint8_t* v = source.planes[2].row(y);
    uint8_t* to_u = target.planes[1].row(y);
    uint8_t* to_v = target.planes[2].row(y);
    for (int x = 0; x < source.planes[1].width; ++x) {
      to_u[x] = Code(kMiddle + weights.u_in_u * (u[x] - 128) + weights.v_in_u * (v[x] - 128));
      to_v[x] = Code(kMiddle + weights.u_in_v * (u[x] - 128) + weights.v_in_v * (v[x] - 128));
    }
  }
}

std::array<uint8_t, 3> CodesOf(const std::array<uint8_t, 3>& rgb, YuvMatrix matrix,
                               ColorRange range) {
  const LumaWeights weights = LumaWeightsOf(matrix);
  const double red = rgb[0] / 255.0;
  const double blue = rgb[2] / 255.0;
  const double luma = weights.red * red + weights.green() * rgb[1] / 255.0 + weights.blue * blue;
  const bool is_limited = range == ColorRange::kLimited;
  const auto code = [](double value) {
    return static_cast<uint8_t>(std::clamp<long>(std::lround(value), 0, 255));
  };
  const double chroma = 255 / ChromaScale(range);
  return {code(is_limited ? 16 + 219 * luma : 255 * luma),
          code(128 + chroma * (blue - luma) / (2 * (1 - weights.blue))),
          code(128 + chroma * (red - luma) / (2 * (1 - weights.red)))};
}

}  // namespace mouthpiece
