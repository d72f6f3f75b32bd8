// The short floating-point formats of the fused engine, and rounding to them.
#ifndef MOUTHPIECE_INFER_FUSED_NUMBERS_H_
#define MOUTHPIECE_INFER_FUSED_NUMBERS_H_

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>

namespace mouthpiece::fused {

/// The upper half of a float.
struct BFloat16 {
  uint16_t bits;
};

/// The same number in tables whose depthwise rows are products of pairs, too: see Layout.
struct PairedBFloat16 : BFloat16 {};

/// IEEE 754 binary16: three bits more than a bfloat16, but nothing above 65504.
struct Half {
  uint16_t bits;
};

inline float ToFloat(float value) { return value; }
inline float ToFloat(BFloat16 value) { return std::bit_cast<float>(uint32_t{value.bits} << 16); }
inline float ToFloat(Half value) {
  const int exponent = value.bits >> 10 & 31;
  const auto mantissa = static_cast<float>(value.bits & 0x3FF);
  const float magnitude =
      exponent == 0 ? std::ldexp(mantissa, -24) : std::ldexp(mantissa + 1024.0F, exponent - 25);
  return (value.bits & 0x8000) != 0 ? -magnitude : magnitude;
}

/// The nearest value of type T, of two the even one. What lies beyond the largest half float
/// becomes that.
template <typename T>
T RoundTo(float value);

template <>
inline float RoundTo<float>(float value) {
  return value;
}

template <>
inline BFloat16 RoundTo<BFloat16>(float value) {
  const auto bits = std::bit_cast<uint32_t>(value);
  return {static_cast<uint16_t>((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16)};
}

template <>
inline PairedBFloat16 RoundTo<PairedBFloat16>(float value) {
  return {RoundTo<BFloat16>(value)};
}

template <>
inline Half RoundTo<Half>(float value) {
  const auto bits = std::bit_cast<uint32_t>(value);
  const uint32_t sign = bits >> 16 & 0x8000;
  const uint32_t magnitude = bits & 0x7FFFFFFF;
  constexpr float kLeastNormal = 0x1p-14F;
  constexpr uint32_t kBias = (127 - 15) << 23;
  constexpr uint32_t kLargest = 0x7BFF;
  if (std::abs(value) < kLeastNormal) {  // a multiple of 2^-24, by the addition's own rounding
    const float shifted = std::abs(value) + 0.5F;
    return {static_cast<uint16_t>(sign | (std::bit_cast<uint32_t>(shifted) - 0x3F000000))};
  }
  const uint32_t rounded = (magnitude - kBias + 0xFFF + (magnitude >> 13 & 1)) >> 13;
  return {static_cast<uint16_t>(sign | std::min(rounded, kLargest))};
}

}  // namespace mouthpiece::fused

#endif  // MOUTHPIECE_INFER_FUSED_NUMBERS_H_
