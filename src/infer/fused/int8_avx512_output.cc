#include "infer/fused/int8_avx512_kernels.h"

#if defined(__x86_64__)

#include <algorithm>

#include "infer/fused/int8_avx512_target.h"

namespace mouthpiece::fused {
namespace {

constexpr int kPlanes = 3;
constexpr int kPixels = 16;
/// Of a pixel's channels.
constexpr int kChunkBytes = 16;
constexpr ptrdiff_t kWeightQuads = kBlockChannels;  // from one four of channels to the next

/// Where pixels are, in lanes of 32 bits: 0, 4, 8, 12, 1, 5, ...
MOUTHPIECE_VNNI_INLINE __m512i PixelOrder() {
  return _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
}

/// A chunk of four pixels.
MOUTHPIECE_VNNI_INLINE __m512i LoadFourPixels(const uint8_t* first, ptrdiff_t stride) {
  if (stride == kChunkBytes) return _mm512_loadu_si512(first);
  const auto* chunk = reinterpret_cast<const __m128i*>(first);
  const auto* second = reinterpret_cast<const __m128i*>(first + stride);
  const auto* third = reinterpret_cast<const __m128i*>(first + 2 * stride);
  const auto* fourth = reinterpret_cast<const __m128i*>(first + 3 * stride);
  __m512i four = _mm512_castsi128_si512(_mm_loadu_si128(chunk));
  four = _mm512_inserti32x4(four, _mm_loadu_si128(second), 1);
  four = _mm512_inserti32x4(four, _mm_loadu_si128(third), 2);
  return _mm512_inserti32x4(four, _mm_loadu_si128(fourth), 3);
}

/// Of 16 pixels the four fours of channels of a chunk, as PixelOrder says; of narrow pixels two.
struct PixelQuads {
  __m512i quads[kChunkBytes / kQuadChannels];

  MOUTHPIECE_VNNI_INLINE PixelQuads(const uint8_t* first, ptrdiff_t stride) {
    if (stride == kNarrowChannels) {
      const __m512i a = _mm512_loadu_si512(first);
      const __m512i b = _mm512_loadu_si512(first + 8 * stride);
      const __m512i even = _mm512_slli_epi32(PixelOrder(), 1);
      quads[0] = _mm512_permutex2var_epi32(a, even, b);
      quads[1] = _mm512_permutex2var_epi32(a, _mm512_or_si512(even, _mm512_set1_epi32(1)), b);
      return;
    }
    const __m512i a = LoadFourPixels(first, stride);
    const __m512i b = LoadFourPixels(first + 4 * stride, stride);
    const __m512i c = LoadFourPixels(first + 8 * stride, stride);
    const __m512i d = LoadFourPixels(first + 12 * stride, stride);
    const __m512i low_ab = _mm512_unpacklo_epi32(a, b);
    const __m512i low_cd = _mm512_unpacklo_epi32(c, d);
    const __m512i high_ab = _mm512_unpackhi_epi32(a, b);
    const __m512i high_cd = _mm512_unpackhi_epi32(c, d);
    quads[0] = _mm512_unpacklo_epi64(low_ab, low_cd);
    quads[1] = _mm512_unpackhi_epi64(low_ab, low_cd);
    quads[2] = _mm512_unpacklo_epi64(high_ab, high_cd);
    quads[3] = _mm512_unpackhi_epi64(high_ab, high_cd);
  }
};

/// e^x for x from -88 to 88, to a few units in the last place. The polynomial is that of Cephes'
/// expf.
MOUTHPIECE_VNNI_INLINE __m512 Exponential(__m512 x) {
  const __m512 doublings = _mm512_mul_ps(x, _mm512_set1_ps(1.44269504F));  // log2(e)
  const __m512 whole = _mm512_roundscale_ps(doublings, _MM_FROUND_TO_NEAREST_INT);
  // ln(2) in two parts, of which the first has bits to spare.
  __m512 rest = _mm512_fnmadd_ps(whole, _mm512_set1_ps(0.693359375F), x);
  rest = _mm512_fnmadd_ps(whole, _mm512_set1_ps(-2.12194440e-4F), rest);
  __m512 sum = _mm512_set1_ps(1.9875691e-4F);
  const float coefficients[] = {1.3981999e-3F, 8.3334519e-3F, 4.1665796e-2F, 1.6666665e-1F, 0.5F};
  for (const float coefficient : coefficients) {
    sum = _mm512_fmadd_ps(sum, rest, _mm512_set1_ps(coefficient));
  }
  sum = _mm512_fmadd_ps(sum, _mm512_mul_ps(rest, rest), _mm512_add_ps(rest, _mm512_set1_ps(1)));
  return _mm512_scalef_ps(sum, whole);
}

/// uint8(255 * sigmoid), of what is no number 0.
MOUTHPIECE_VNNI_INLINE __m512i ToBytes(__m512 value) {
  const __mmask16 is_number = _mm512_cmp_ps_mask(value, value, _CMP_ORD_Q);
  const __m512 limit = _mm512_set1_ps(88);
  const __m512 x =
      _mm512_max_ps(_mm512_min_ps(value, limit), _mm512_sub_ps(_mm512_setzero_ps(), limit));
  const __m512 one = _mm512_set1_ps(1);
  const __m512 sigmoid =
      _mm512_div_ps(one, _mm512_add_ps(one, Exponential(_mm512_sub_ps(_mm512_setzero_ps(), x))));
  return _mm512_maskz_cvttps_epi32(is_number, _mm512_mul_ps(sigmoid, _mm512_set1_ps(255)));
}

/// Lanes are pixels: an output's weights are the same for all, and nothing but bytes is stored.
MOUTHPIECE_VNNI void PaintProduct(const ByteProduct<float>& job, uint8_t* planes,
                                  ptrdiff_t plane_stride) {
  const ptrdiff_t stride = job.source.pixel_stride;
  const auto weights = reinterpret_cast<const int32_t*>(job.weights);
  for (ptrdiff_t p = 0; p < job.pixels; p += kPixels) {
    __m512i sums[kPlanes];
    for (int n = 0; n < kPlanes; ++n) {
      sums[n] = _mm512_set1_epi32(job.source.is_signed ? job.signed_starts[n] : 0);
    }
    for (int c = 0; c < job.source.channels; c += kChunkBytes) {
      const PixelQuads pixels(job.source.data + p * stride + c, stride);
      const int quads = std::min(kChunkBytes, job.source.channels - c) / kQuadChannels;
      for (int q = 0; q < quads; ++q) {
        const int32_t* of_quad = weights + (c / kQuadChannels + q) * kWeightQuads;
        for (int n = 0; n < kPlanes; ++n) {
          sums[n] = _mm512_dpbusd_epi32(sums[n], pixels.quads[q], _mm512_set1_epi32(of_quad[n]));
        }
      }
    }
    const __m512 scales =
        _mm512_permutexvar_ps(PixelOrder(), _mm512_loadu_ps(job.source.scales + p));
    const auto mask =
        static_cast<__mmask16>((1U << std::min<ptrdiff_t>(kPixels, job.pixels - p)) - 1);
    for (int n = 0; n < kPlanes; ++n) {
      const __m512 scaled = _mm512_mul_ps(_mm512_cvtepi32_ps(sums[n]), scales);
      const __m512 value = _mm512_fmadd_ps(scaled, _mm512_set1_ps(job.weight_scales[n]),
                                           _mm512_set1_ps(job.bias[n]));
      // The order is its own inverse.
      const __m512i bytes = _mm512_permutexvar_epi32(PixelOrder(), ToBytes(value));
      _mm_mask_storeu_epi8(planes + n * plane_stride + p, mask, _mm512_cvtepi32_epi8(bytes));
    }
  }
}

}  // namespace

void UseAvx512Output(Kernels<Int8>& kernels) { kernels.paint_product = PaintProduct; }

}  // namespace mouthpiece::fused

#else

namespace mouthpiece::fused {

void UseAvx512Output(Kernels<Int8>&) {}

}  // namespace mouthpiece::fused

#endif
