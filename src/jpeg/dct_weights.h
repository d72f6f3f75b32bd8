// The rotations of the accurate integer DCT, as libjpeg's files define it.
#ifndef MOUTHPIECE_JPEG_DCT_WEIGHTS_H_
#define MOUTHPIECE_JPEG_DCT_WEIGHTS_H_

#include <cstdint>

namespace mouthpiece {

/// Fractional bits of the weights, and those that coefficients keep between the two passes.
inline constexpr int kWeightBits = 13;
inline constexpr int kPassBits = 2;

/// Coefficients 2 and 6 from the sums' differences (0 - 3 and 1 - 2), by row.
inline constexpr int16_t kEvenWeights[2][2] = {{10703, 4433}, {4433, -10704}};
/// Coefficients 1, 3, 5 and 7 from the samples' differences (0 - 7, 1 - 6, 2 - 5 and 3 - 4), by
/// row. The library shares products between them; multiplied out, sums of integers stay the same.
inline constexpr int16_t kOddWeights[4][4] = {{11363, 9633, 6437, 2260},
                                              {9633, -2259, -11362, -6436},
                                              {6437, -11362, 2261, 9633},
                                              {2260, -6436, 9633, -11363}};

}  // namespace mouthpiece

#endif  // MOUTHPIECE_JPEG_DCT_WEIGHTS_H_
