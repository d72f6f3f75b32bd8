#include "infer/fused/int8_avx2_kernels.h"

#if defined(__x86_64__)

#include <algorithm>
#include <cstring>

#include "infer/fused/int8_avx2_target.h"

namespace mouthpiece::fused {
namespace {

/// Eight pixels of pairs of planes.
MOUTHPIECE_AVX2_INLINE void StorePixels(__m128i a, __m128i b, __m128i c, uint8_t* output) {
  const __m128i zero = _mm_setzero_si128();
  const __m128i ab_low = _mm_unpacklo_epi16(a, b);  // 4 pixels of 4 channels
  const __m128i ab_high = _mm_unpackhi_epi16(a, b);
  const __m128i c_low = _mm_unpacklo_epi16(c, zero);
  const __m128i c_high = _mm_unpackhi_epi16(c, zero);
  auto* to = reinterpret_cast<__m128i*>(output);
  _mm_storeu_si128(to, _mm_unpacklo_epi32(ab_low, c_low));
  _mm_storeu_si128(to + 1, _mm_unpackhi_epi32(ab_low, c_low));
  _mm_storeu_si128(to + 2, _mm_unpacklo_epi32(ab_high, c_high));
  _mm_storeu_si128(to + 3, _mm_unpackhi_epi32(ab_high, c_high));
}

MOUTHPIECE_AVX2 void Interleave(const uint8_t* planes, ptrdiff_t plane_stride, int pixels,
                                uint8_t* output) {
  constexpr int kStep = 16;
  constexpr int kPlanes = 6;
  for (int p = 0; p < pixels; p += kStep) {
    const int count = std::min(kStep, pixels - p);
    uint8_t last[kPlanes][kStep];
    __m128i row[kPlanes];
    for (int c = 0; c < kPlanes; ++c) {
      const uint8_t* from = planes + c * plane_stride + p;
      if (count < kStep) from = std::copy_n(from, count, last[c]) - count;
      row[c] = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
    }
    uint8_t rest[kStep * kVisualChannels];
    uint8_t* to = count == kStep ? output + p * kVisualChannels : rest;
    StorePixels(_mm_unpacklo_epi8(row[0], row[1]), _mm_unpacklo_epi8(row[2], row[3]),
                _mm_unpacklo_epi8(row[4], row[5]), to);
    StorePixels(_mm_unpackhi_epi8(row[0], row[1]), _mm_unpackhi_epi8(row[2], row[3]),
                _mm_unpackhi_epi8(row[4], row[5]), to + ptrdiff_t{8} * kVisualChannels);
    if (count < kStep) {
      std::memcpy(output + p * kVisualChannels, rest, static_cast<size_t>(count) * kVisualChannels);
    }
  }
}

}  // namespace

void UseAvx2Interleave(Kernels<Int8>& kernels) { kernels.interleave = Interleave; }

}  // namespace mouthpiece::fused

#else

namespace mouthpiece::fused {

void UseAvx2Interleave(Kernels<Int8>&) {}

}  // namespace mouthpiece::fused

#endif
