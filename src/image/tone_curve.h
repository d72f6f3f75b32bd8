// High dynamic range as the standard range: one curve for luma, one factor for chroma.
#ifndef MOUTHPIECE_IMAGE_TONE_CURVE_H_
#define MOUTHPIECE_IMAGE_TONE_CURVE_H_

#include <array>
#include <cstdint>
#include <vector>

#include "image/image.h"

namespace mouthpiece {

/// Of high dynamic range there are two kinds, by their transfer function (ITU-R BT.2100).
enum class DynamicRange { kStandard, kHlg, kPq };

/// A luma code of the full scale 0 to 1 as one of the standard range. The light that BT.2100 gives
/// for a grey of this code on a display of 1000 cd/m2 is divided by reference white (203 cd/m2,
/// BT.2408), compressed by the Moebius curve that is a straight line up to 0.3 and 1 at the
/// display's peak, and coded for a display of gamma 2.4.
double MapLuma(DynamicRange range, double code);

/// What chroma is multiplied with: as much as the code of reference white grows.
double ChromaFactor(DynamicRange range);

/// For each code of `depth` bits (8 to 16) the 8-bit one, rounded, mapped to the standard range.
/// With kStandard it only rounds: limited range keeps its limits, full range its ends.
struct CodeTables {
  std::vector<uint8_t> luma;
  std::vector<uint8_t> chroma;
};
CodeTables MakeCodeTables(DynamicRange from, int depth, ColorRange range);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_IMAGE_TONE_CURVE_H_
