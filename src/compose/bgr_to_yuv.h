// The way back from B, G, R to the frame's YUV.
#ifndef MOUTHPIECE_COMPOSE_BGR_TO_YUV_H_
#define MOUTHPIECE_COMPOSE_BGR_TO_YUV_H_

#include "image/image.h"

namespace mouthpiece {

/// For B, G, R in 0..255:
///   luma = luma_b * B + luma_g * G + luma_r * R
///   Y = luma + y_offset;  U = u_b * B - u_luma * luma + u_offset;  V = v_r * R - v_luma * luma
///   + v_offset
struct BgrToYuvCoefficients {
  double luma_b, luma_g, luma_r;
  double u_b, u_luma, v_r, v_luma;
  double y_offset, u_offset, v_offset;
};

/// BT.601. Full range: JFIF. Limited range: the inverse of the fixed-point decoding that
/// YuvToBgr does (which the network was trained with). Its shifts round down, once for B and R's
/// luma and chroma each and three times for G, so that decoded values lie 1 (B, R) and 1.5 (G)
/// below the linear formula on average; the offsets give that back. For luma it would be 1.11
/// levels; 0.98 is used, so that no sample moves by more than one level from the plain formula.
constexpr BgrToYuvCoefficients BgrToYuvFor(ColorRange range) {
  const bool limited = range == ColorRange::kLimited;
  // Decoding: B = gain * luma + b_u * u, R = gain * luma + r_v * v,
  //           G = gain * luma - g_u * u - g_v * v.
  const double gain = limited ? 8 * 9539 / 65536.0 : 1;
  const double b_u = limited ? 8 * 16525 / 65536.0 : 1.772;
  const double r_v = limited ? 8 * 13075 / 65536.0 : 1.402;
  const double g_u = limited ? 8 * 3209 / 65536.0 : 0.114 * 1.772 / 0.587;
  const double g_v = limited ? 8 * 6660 / 65536.0 : 0.299 * 1.402 / 0.587;

  BgrToYuvCoefficients c{};
  c.luma_g = 1 / (gain * (1 + g_u / b_u + g_v / r_v));
  c.luma_b = c.luma_g * g_u / b_u;
  c.luma_r = c.luma_g * g_v / r_v;
  c.u_b = 1 / b_u;
  c.u_luma = gain / b_u;
  c.v_r = 1 / r_v;
  c.v_luma = gain / r_v;
  c.y_offset = 0;
  c.u_offset = 128;
  c.v_offset = 128;
  if (limited) {
    const double lost_luma = c.luma_b + 1.5 * c.luma_g + c.luma_r;
    c.y_offset = 16 + 0.98;
    c.u_offset += c.u_b - c.u_luma * lost_luma;
    c.v_offset += c.v_r - c.v_luma * lost_luma;
  }
  return c;
}

}  // namespace mouthpiece

#endif  // MOUTHPIECE_COMPOSE_BGR_TO_YUV_H_
