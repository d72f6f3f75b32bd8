#include "infer/fused/int8_avx2_kernels.h"

#if defined(__x86_64__)

#include <algorithm>

#include "infer/fused/int8_avx2_target.h"

namespace mouthpiece::fused {
namespace {

constexpr int kLanes = 8;
constexpr int kRangePixels = 8;

/// Lane p: the largest of vector p's lanes.
MOUTHPIECE_AVX2_INLINE __m256 LargestOfEach(const __m256 (&vectors)[kRangePixels]) {
  __m256 fours[2];
  for (int i = 0; i < 2; ++i) {
    const __m256* of = vectors + ptrdiff_t{4} * i;
    const __m256d a = _mm256_castps_pd(
        _mm256_max_ps(_mm256_unpacklo_ps(of[0], of[1]), _mm256_unpackhi_ps(of[0], of[1])));
    const __m256d b = _mm256_castps_pd(
        _mm256_max_ps(_mm256_unpacklo_ps(of[2], of[3]), _mm256_unpackhi_ps(of[2], of[3])));
    fours[i] = _mm256_max_ps(_mm256_castpd_ps(_mm256_unpacklo_pd(a, b)),
                             _mm256_castpd_ps(_mm256_unpackhi_pd(a, b)));
  }
  return _mm256_max_ps(_mm256_permute2f128_ps(fours[0], fours[1], 0x20),
                       _mm256_permute2f128_ps(fours[0], fours[1], 0x31));
}

/// Eight pixels' scales of their largest values; returns the steps of a byte for one, or zeros.
template <bool kSigned>
MOUTHPIECE_AVX2_INLINE __m256 ScalesOf(__m256 largest, float* scales) {
  const __m256 is_range = _mm256_cmp_ps(largest, _mm256_set1_ps(kLeastRange), _CMP_GT_OQ);
  _mm256_storeu_ps(
      scales, _mm256_and_ps(is_range, _mm256_mul_ps(largest, _mm256_set1_ps(ByteStep(kSigned)))));
  return _mm256_and_ps(is_range, _mm256_div_ps(_mm256_set1_ps(ByteSteps(kSigned)), largest));
}

MOUTHPIECE_AVX2_INLINE __m256i ToIntegers(const float* values, __m256 inverse) {
  return _mm256_cvtps_epi32(_mm256_mul_ps(_mm256_loadu_ps(values), inverse));
}

/// Numbers of 16 bits as bytes, those of each lane side by side.
template <bool kSigned>
MOUTHPIECE_AVX2_INLINE __m256i PackBytes(__m256i a, __m256i b) {
  if constexpr (!kSigned) return _mm256_packus_epi16(a, b);
  return _mm256_xor_si256(_mm256_packs_epi16(a, b),
                          _mm256_set1_epi8(static_cast<char>(kSignedZero)));
}

/// Integers of four vectors as bytes.
template <bool kSigned>
MOUTHPIECE_AVX2_INLINE void StoreBytes(__m256i a, __m256i b, __m256i c, __m256i d, uint8_t* to) {
  const __m256i bytes = PackBytes<kSigned>(_mm256_packs_epi32(a, b), _mm256_packs_epi32(c, d));
  const __m256i order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), _mm256_permutevar8x32_epi32(bytes, order));
}

template <bool kSigned>
MOUTHPIECE_AVX2_INLINE void StoreBytes(__m256i a, __m256i b, uint8_t* to) {
  const __m256i both = _mm256_packs_epi32(a, b);
  const __m256i bytes = PackBytes<kSigned>(both, both);
  const __m256i order = _mm256_setr_epi32(0, 4, 1, 5, 0, 4, 1, 5);
  _mm_storeu_si128(reinterpret_cast<__m128i*>(to),
                   _mm256_castsi256_si128(_mm256_permutevar8x32_epi32(bytes, order)));
}

/// Up to eight pixels of floats and where their bytes go.
struct RangedPixels {
  const float* values = nullptr;  ///< [channels / 16][pixels][16]
  ptrdiff_t stride = 0;           ///< From one block of channels to the next
  int channels = 0;
  int count = 0;
  uint8_t* bytes = nullptr;  ///< [pixels][channels]; one pixel beyond may be written
  alignas(32) float inverses[kRangePixels];

  template <bool kSigned>
  MOUTHPIECE_AVX2_INLINE void Store() const {
    // Copies: no byte that is stored is one of them.
    const ptrdiff_t block_stride = stride;
    const int all = channels;
    const int last = count;
    const float* of_pixel = values;
    uint8_t* to = bytes;
    if (all == kBlockChannels) {
      for (int p = 0; p < last; p += 2, of_pixel += ptrdiff_t{2} * kBlockChannels) {
        const __m256 first = _mm256_broadcast_ss(inverses + p);
        const __m256 second = _mm256_broadcast_ss(inverses + p + 1);
        StoreBytes<kSigned>(ToIntegers(of_pixel, first), ToIntegers(of_pixel + kLanes, first),
                            ToIntegers(of_pixel + ptrdiff_t{2} * kLanes, second),
                            ToIntegers(of_pixel + ptrdiff_t{3} * kLanes, second), to);
        to += ptrdiff_t{2} * kBlockChannels;
      }
      return;
    }
    for (int p = 0; p < last; ++p, of_pixel += kBlockChannels, to += all) {
      const __m256 inverse = _mm256_broadcast_ss(inverses + p);
      const float* from = of_pixel;
      int c = 0;
      for (; c + 2 * kBlockChannels <= all; c += 2 * kBlockChannels, from += 2 * block_stride) {
        StoreBytes<kSigned>(ToIntegers(from, inverse), ToIntegers(from + kLanes, inverse),
                            ToIntegers(from + block_stride, inverse),
                            ToIntegers(from + block_stride + kLanes, inverse), to + c);
      }
      if (c < all) {
        StoreBytes<kSigned>(ToIntegers(from, inverse), ToIntegers(from + kLanes, inverse), to + c);
      }
    }
  }
};

MOUTHPIECE_AVX2 void Compress(const Compression& job) {
  RangedPixels pixels;
  pixels.stride = job.values_stride;
  pixels.channels = job.channels;
  for (ptrdiff_t first = 0; first < job.pixels; first += kRangePixels) {
    __m256 largest[kRangePixels];
    for (ptrdiff_t p = 0; p < kRangePixels; ++p) {
      const float* of_pixel = job.values + (first + p) * kBlockChannels;
      largest[p] = _mm256_max_ps(_mm256_loadu_ps(of_pixel), _mm256_loadu_ps(of_pixel + kLanes));
      for (int c = kBlockChannels; c < job.channels; c += kBlockChannels) {
        of_pixel += job.values_stride;
        largest[p] = _mm256_max_ps(largest[p], _mm256_max_ps(_mm256_loadu_ps(of_pixel),
                                                             _mm256_loadu_ps(of_pixel + kLanes)));
      }
    }
    _mm256_store_ps(pixels.inverses, ScalesOf<false>(LargestOfEach(largest), job.scales + first));
    pixels.values = job.values + first * kBlockChannels;
    pixels.count = static_cast<int>(std::min<ptrdiff_t>(kRangePixels, job.pixels - first));
    pixels.bytes = job.bytes + first * job.channels;
    pixels.Store<false>();
  }
}

MOUTHPIECE_AVX2_INLINE __m256 LoadValues(const BFloat16* from) {
  const __m128i bits = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
  return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(bits), 16));
}

/// Floats whose upper halves are the nearest bfloat16, halves to even.
MOUTHPIECE_AVX2_INLINE __m256i RoundUpperHalf(__m256 value) {
  const __m256i bits = _mm256_castps_si256(value);
  const __m256i odd = _mm256_and_si256(_mm256_srli_epi32(bits, 16), _mm256_set1_epi32(1));
  return _mm256_add_epi32(bits, _mm256_add_epi32(odd, _mm256_set1_epi32(0x7FFF)));
}

MOUTHPIECE_AVX2_INLINE void StoreValues(__m256 a, __m256 b, BFloat16* to) {
  const __m256i halves = _mm256_packus_epi32(_mm256_srli_epi32(RoundUpperHalf(a), 16),
                                             _mm256_srli_epi32(RoundUpperHalf(b), 16));
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), _mm256_permute4x64_epi64(halves, 0xD8));
}

/// The residual, the ReLU and the values of up to eight pixels; sets their ranges and bytes.
template <bool kRelu, bool kResidual, bool kValues>
MOUTHPIECE_AVX2 void FinishPixels(const ByteFinish& job, ptrdiff_t begin, RangedPixels& pixels) {
  const bool wants_bytes = job.bytes != nullptr;
  const ptrdiff_t channels = job.channels;
  const ptrdiff_t stride = job.product_stride;
  const ptrdiff_t count = pixels.count;
  float* of_pixel = job.product + begin * kBlockChannels;
  const BFloat16* residual = kResidual ? job.residual + begin * channels : nullptr;
  BFloat16* values = kValues ? job.values + begin * channels : nullptr;
  const __m256 zero = _mm256_setzero_ps();
  const __m256 no_sign = _mm256_castsi256_ps(_mm256_set1_epi32(0x7FFFFFFF));
  __m256 largest[kRangePixels];
  for (ptrdiff_t p = 0; p < kRangePixels; ++p) {
    __m256 high = zero;
    float* product = of_pixel + p * kBlockChannels;
    for (ptrdiff_t c = 0; c < channels && p < count; c += kBlockChannels, product += stride) {
      __m256 a = _mm256_loadu_ps(product);
      __m256 b = _mm256_loadu_ps(product + kLanes);
      if constexpr (kResidual) {
        a = _mm256_add_ps(a, LoadValues(residual));
        b = _mm256_add_ps(b, LoadValues(residual + kLanes));
        residual += kBlockChannels;
      }
      if constexpr (kRelu) {
        a = _mm256_max_ps(a, zero);
        b = _mm256_max_ps(b, zero);
      }
      if constexpr (kValues) {
        StoreValues(a, b, values);
        values += kBlockChannels;
      }
      if constexpr (kResidual || kRelu) {
        _mm256_storeu_ps(product, a);
        _mm256_storeu_ps(product + kLanes, b);
      }
      if constexpr (!kRelu) {
        a = _mm256_and_ps(a, no_sign);
        b = _mm256_and_ps(b, no_sign);
      }
      high = _mm256_max_ps(high, _mm256_max_ps(a, b));
    }
    largest[p] = high;
  }
  if (!wants_bytes) return;
  pixels.values = of_pixel;
  pixels.bytes = job.bytes + begin * channels;
  _mm256_store_ps(pixels.inverses, ScalesOf<!kRelu>(LargestOfEach(largest), job.scales + begin));
  pixels.Store<!kRelu>();
}

template <bool kRelu>
MOUTHPIECE_AVX2 void FinishAll(const ByteFinish& job) {
  RangedPixels pixels;
  pixels.stride = job.product_stride;
  pixels.channels = job.channels;
  for (ptrdiff_t begin = 0; begin < job.pixels; begin += kRangePixels) {
    pixels.count = static_cast<int>(std::min<ptrdiff_t>(kRangePixels, job.pixels - begin));
    if (job.residual != nullptr && job.values != nullptr) {
      FinishPixels<kRelu, true, true>(job, begin, pixels);
    } else if (job.residual != nullptr) {
      FinishPixels<kRelu, true, false>(job, begin, pixels);
    } else if (job.values != nullptr) {
      FinishPixels<kRelu, false, true>(job, begin, pixels);
    } else {
      FinishPixels<kRelu, false, false>(job, begin, pixels);
    }
  }
}

MOUTHPIECE_AVX2 void FinishProduct(const ByteFinish& job) {
  if (job.relu) {
    FinishAll<true>(job);
  } else {
    FinishAll<false>(job);
  }
}

}  // namespace

void UseAvx2Rows(Kernels<Int8>& kernels) {
  kernels.compress = Compress;
  kernels.finish = FinishProduct;
}

}  // namespace mouthpiece::fused

#else

namespace mouthpiece::fused {

void UseAvx2Rows(Kernels<Int8>&) {}

}  // namespace mouthpiece::fused

#endif
