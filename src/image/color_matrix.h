// Which Y, U and V a colour has: BT.601 in the field's networks, anything in people's videos.
#ifndef MOUTHPIECE_IMAGE_COLOR_MATRIX_H_
#define MOUTHPIECE_IMAGE_COLOR_MATRIX_H_

#include <array>
#include <cstdint>
#include <optional>

#include "image/image.h"

namespace mouthpiece {

/// Those of ITU-T H.273 that are a matrix of gamma-coded R, G, B.
enum class YuvMatrix { kBt601, kBt709, kFcc, kSmpte240, kBt2020 };

/// The matrix of H.273's code point; BT.601's for "not given" (2), none for those that are another
/// kind of thing (R, G, B themselves, YCgCo, ICtCp, constant luminance).
std::optional<YuvMatrix> KnownMatrix(int code_point);

/// The same, with BT.601 in place of none.
YuvMatrix MatrixOf(int code_point);

/// What U - 128 and V - 128 count in B, G and R of [0, 255]; 13 fractional bits.
struct ChromaWeights {
  int16_t u_in_b, u_in_g, v_in_g, v_in_r;
};
ChromaWeights ChromaWeightsOf(YuvMatrix matrix, ColorRange range);

/// The codes Y, U and V of a colour R, G, B, rounded.
std::array<uint8_t, 3> CodesOf(const std::array<uint8_t, 3>& rgb, YuvMatrix matrix,
                               ColorRange range);

/// Gives `target` (kYuv420, full range, BT.601: what JFIF holds) the colours of `source` (kYuv420
/// of the same size, either range, `matrix`), rounded and clamped. Luma takes chroma from the
/// nearest sample. Not in place.
void YuvToJfif(ConstPictureView source, YuvMatrix matrix, PictureView target);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_IMAGE_COLOR_MATRIX_H_
