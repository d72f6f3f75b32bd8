#include "image/tone_curve.h"

#include <algorithm>
#include <cmath>

namespace mouthpiece {
namespace {

constexpr double kDisplayPeak = 1000;    // cd/m2
constexpr double kReferenceWhite = 203;  // cd/m2, ITU-R BT.2408
constexpr double kDisplayGamma = 2.4;    // ITU-R BT.1886

/// Light of a grey, in cd/m2 (ITU-R BT.2100, tables 4 and 5).
double Light(DynamicRange range, double code) {
  if (range == DynamicRange::kPq) {
    constexpr double kM1 = 2610.0 / 16384;
    constexpr double kM2 = 2523.0 / 4096 * 128;
    constexpr double kC1 = 3424.0 / 4096;
    constexpr double kC2 = 2413.0 / 4096 * 32;
    constexpr double kC3 = 2392.0 / 4096 * 32;
    const double power = std::pow(code, 1 / kM2);
    return 10000 * std::pow(std::max(power - kC1, 0.0) / (kC2 - kC3 * power), 1 / kM1);
  }
  constexpr double kA = 0.17883277;
  constexpr double kB = 0.28466892;
  constexpr double kC = 0.55991073;
  constexpr double kSystemGamma = 1.2;  // At this peak
  const double scene = code <= 0.5 ? code * code / 3 : (std::exp((code - kC) / kA) + kB) / 12;
  return kDisplayPeak * std::pow(scene, kSystemGamma);
}

/// x up to kKnee, then ever flatter, 1 at kPeak.
double Compress(double x) {
  constexpr double kKnee = 0.3;
  constexpr double kPeak = kDisplayPeak / kReferenceWhite;
  if (x <= kKnee) return x;
  constexpr double kA = -kKnee * kKnee * (kPeak - 1) / (kKnee * kKnee - 2 * kKnee + kPeak);
  constexpr double kB = (kKnee * kKnee - 2 * kKnee * kPeak + kPeak) / (kPeak - 1);
  return std::min((kB + kKnee) * (kB + kKnee) / (kB - kA) * (x + kA) / (x + kB), 1.0);
}

uint8_t Rounded(double value) {
  return static_cast<uint8_t>(std::clamp(std::floor(value + 0.5), 0.0, 255.0));
}

}  // namespace

double MapLuma(DynamicRange range, double code) {
  if (range == DynamicRange::kStandard) return code;
  const double light = Light(range, std::clamp(code, 0.0, 1.0)) / kReferenceWhite;
  return std::pow(Compress(light), 1 / kDisplayGamma);
}

double ChromaFactor(DynamicRange range) {
  constexpr double kHlgWhite = 0.75;  // ITU-R BT.2408, table 1
  constexpr double kPqWhite = 0.58;
  if (range == DynamicRange::kStandard) return 1;
  const double white = range == DynamicRange::kHlg ? kHlgWhite : kPqWhite;
  return MapLuma(range, white) / white;
}

CodeTables MakeCodeTables(DynamicRange from, int depth, ColorRange range) {
  const size_t codes = size_t{1} << depth;
  const bool is_full = range == ColorRange::kFull;
  const double unit = std::ldexp(1.0, depth - 8);  // of one 8-bit code, in limited range
  const double full = static_cast<double>(codes - 1) / 255;
  const double black = is_full ? 0 : 16;
  const double span = is_full ? 255 : 219;
  const double factor = ChromaFactor(from);
  CodeTables tables{std::vector<uint8_t>(codes), std::vector<uint8_t>(codes)};
  for (size_t code = 0; code < codes; ++code) {
    const auto value = static_cast<double>(code);
    const double luma = value / (is_full ? full : unit);
    const double chroma = (value - 128 * unit) / (is_full ? full : unit);
    tables.luma[code] = Rounded(from == DynamicRange::kStandard
                                    ? luma
                                    : black + span * MapLuma(from, (luma - black) / span));
    tables.chroma[code] = Rounded(128 + factor * chroma);
  }
  return tables;
}

}  // namespace mouthpiece
