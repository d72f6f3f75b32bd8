#include "infer/fused/int8_avx2_kernels.h"

#if defined(__x86_64__)

#include <algorithm>

#include "infer/fused/int8_avx2_target.h"

namespace mouthpiece::fused {
namespace {

constexpr int kLanes = 8;
constexpr int kRangePixels = 8;

struct Smaller {
  MOUTHPIECE_AVX2_INLINE static __m256 Of(__m256 a, __m256 b) { return _mm256_min_ps(a, b); }
};
struct Larger {
  MOUTHPIECE_AVX2_INLINE static __m256 Of(__m256 a, __m256 b) { return _mm256_max_ps(a, b); }
};

/// Lane p: the least or largest of vector p's lanes.
template <typename Choice>
MOUTHPIECE_AVX2_INLINE __m256 ReduceEach(const __m256 (&vectors)[kRangePixels]) {
  __m256 fours[2];
  for (int i = 0; i < 2; ++i) {
    const __m256* of = vectors + ptrdiff_t{4} * i;
    const __m256d a = _mm256_castps_pd(
        Choice::Of(_mm256_unpacklo_ps(of[0], of[1]), _mm256_unpackhi_ps(of[0], of[1])));
    const __m256d b = _mm256_castps_pd(
        Choice::Of(_mm256_unpacklo_ps(of[2], of[3]), _mm256_unpackhi_ps(of[2], of[3])));
    fours[i] = Choice::Of(_mm256_castpd_ps(_mm256_unpacklo_pd(a, b)),
                          _mm256_castpd_ps(_mm256_unpackhi_pd(a, b)));
  }
  return Choice::Of(_mm256_permute2f128_ps(fours[0], fours[1], 0x20),
                    _mm256_permute2f128_ps(fours[0], fours[1], 0x31));
}

/// Eight pixels' scales of their ranges; returns 255 / range, or zeros.
MOUTHPIECE_AVX2_INLINE __m256 ScalesOf(__m256 range, float* scales) {
  const __m256 is_range = _mm256_cmp_ps(range, _mm256_set1_ps(kLeastRange), _CMP_GT_OQ);
  _mm256_storeu_ps(scales,
                   _mm256_and_ps(is_range, _mm256_mul_ps(range, _mm256_set1_ps(kByteStep))));
  return _mm256_and_ps(is_range, _mm256_div_ps(_mm256_set1_ps(255), range));
}

/// The ranges of eight pixels, to which zero belongs, from their least and largest values by lanes.
MOUTHPIECE_AVX2_INLINE void SetRanges(const __m256 (&least)[kRangePixels],
                                      const __m256 (&largest)[kRangePixels], float* scales,
                                      float* lows, float* inverses) {
  const __m256 zero = _mm256_setzero_ps();
  const __m256 low = _mm256_min_ps(ReduceEach<Smaller>(least), zero);
  const __m256 high = _mm256_max_ps(ReduceEach<Larger>(largest), zero);
  _mm256_storeu_ps(lows, low);
  _mm256_store_ps(inverses, ScalesOf(_mm256_sub_ps(high, low), scales));
}

/// (value - low) * inverse, rounded.
template <bool kLows>
struct ToIntegers {
  __m256 low;
  __m256 inverse;

  MOUTHPIECE_AVX2_INLINE ToIntegers(const float* lows, const float* inverses, ptrdiff_t pixel)
      : inverse(_mm256_broadcast_ss(inverses + pixel)) {
    if constexpr (kLows) low = _mm256_broadcast_ss(lows + pixel);
  }
  MOUTHPIECE_AVX2_INLINE __m256i Of(__m256 value) const {
    if constexpr (kLows) value = _mm256_sub_ps(value, low);
    return _mm256_cvtps_epi32(_mm256_mul_ps(value, inverse));
  }
};

/// Integers 0..255 of four vectors as bytes.
MOUTHPIECE_AVX2_INLINE void StoreBytes(__m256i a, __m256i b, __m256i c, __m256i d, uint8_t* to) {
  const __m256i bytes = _mm256_packus_epi16(_mm256_packs_epi32(a, b), _mm256_packs_epi32(c, d));
  const __m256i order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), _mm256_permutevar8x32_epi32(bytes, order));
}

MOUTHPIECE_AVX2_INLINE void StoreBytes(__m256i a, __m256i b, uint8_t* to) {
  const __m256i both = _mm256_packs_epi32(a, b);
  const __m256i bytes = _mm256_packus_epi16(both, both);
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
  const float* lows = nullptr;
  alignas(32) float inverses[kRangePixels];

  template <bool kLows>
  MOUTHPIECE_AVX2_INLINE void Store() const {
    // Copies: no byte that is stored is one of them.
    const float* const low_of = lows;
    const ptrdiff_t block_stride = stride;
    const int all = channels;
    const int last = count;
    const float* of_pixel = values;
    uint8_t* to = bytes;
    if (all == kBlockChannels) {
      for (int p = 0; p < last; p += 2, of_pixel += ptrdiff_t{2} * kBlockChannels) {
        const ToIntegers<kLows> first(low_of, inverses, p);
        const ToIntegers<kLows> second(low_of, inverses, p + 1);
        StoreBytes(first.Of(_mm256_loadu_ps(of_pixel)),
                   first.Of(_mm256_loadu_ps(of_pixel + kLanes)),
                   second.Of(_mm256_loadu_ps(of_pixel + ptrdiff_t{2} * kLanes)),
                   second.Of(_mm256_loadu_ps(of_pixel + ptrdiff_t{3} * kLanes)), to);
        to += ptrdiff_t{2} * kBlockChannels;
      }
      return;
    }
    for (int p = 0; p < last; ++p, of_pixel += kBlockChannels, to += all) {
      const ToIntegers<kLows> integers(low_of, inverses, p);
      const float* from = of_pixel;
      int c = 0;
      for (; c + 2 * kBlockChannels <= all; c += 2 * kBlockChannels, from += 2 * block_stride) {
        StoreBytes(integers.Of(_mm256_loadu_ps(from)), integers.Of(_mm256_loadu_ps(from + kLanes)),
                   integers.Of(_mm256_loadu_ps(from + block_stride)),
                   integers.Of(_mm256_loadu_ps(from + block_stride + kLanes)), to + c);
      }
      if (c < all) {
        StoreBytes(integers.Of(_mm256_loadu_ps(from)), integers.Of(_mm256_loadu_ps(from + kLanes)),
                   to + c);
      }
    }
  }
};

MOUTHPIECE_AVX2 void Compress(const Compression& job) {
  RangedPixels pixels;
  pixels.stride = job.values_stride;
  pixels.channels = job.channels;
  for (ptrdiff_t first = 0; first < job.pixels; first += kRangePixels) {
    __m256 peaks[kRangePixels];
    for (ptrdiff_t p = 0; p < kRangePixels; ++p) {
      const float* of = job.peaks + (first + p) * kBlockChannels;
      peaks[p] = _mm256_max_ps(_mm256_loadu_ps(of), _mm256_loadu_ps(of + kLanes));
    }
    _mm256_store_ps(pixels.inverses, ScalesOf(ReduceEach<Larger>(peaks), job.scales + first));
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
template <bool kResidual, bool kValues>
MOUTHPIECE_AVX2 void FinishPixels(const ByteFinish& job, ptrdiff_t begin, RangedPixels& pixels) {
  const bool relu = job.relu;
  const bool wants_bytes = job.bytes != nullptr;
  const ptrdiff_t channels = job.channels;
  const ptrdiff_t stride = job.product_stride;
  const ptrdiff_t count = pixels.count;
  float* of_pixel = job.product + begin * kBlockChannels;
  const BFloat16* residual = kResidual ? job.residual + begin * channels : nullptr;
  BFloat16* values = kValues ? job.values + begin * channels : nullptr;
  const __m256 zero = _mm256_setzero_ps();
  __m256 least[kRangePixels];
  __m256 largest[kRangePixels];
  for (ptrdiff_t p = 0; p < kRangePixels; ++p) {
    __m256 low = zero;
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
      if (relu) {
        a = _mm256_max_ps(a, zero);
        b = _mm256_max_ps(b, zero);
      }
      if constexpr (kValues) {
        StoreValues(a, b, values);
        values += kBlockChannels;
      }
      if (kResidual || relu) {
        _mm256_storeu_ps(product, a);
        _mm256_storeu_ps(product + kLanes, b);
      }
      low = _mm256_min_ps(low, _mm256_min_ps(a, b));
      high = _mm256_max_ps(high, _mm256_max_ps(a, b));
    }
    least[p] = low;
    largest[p] = high;
  }
  if (!wants_bytes) return;
  pixels.values = of_pixel;
  pixels.bytes = job.bytes + begin * channels;
  pixels.lows = job.lows + begin;
  SetRanges(least, largest, job.scales + begin, job.lows + begin, pixels.inverses);
  pixels.Store<true>();
}

MOUTHPIECE_AVX2 void FinishProduct(const ByteFinish& job) {
  RangedPixels pixels;
  pixels.stride = job.product_stride;
  pixels.channels = job.channels;
  for (ptrdiff_t begin = 0; begin < job.pixels; begin += kRangePixels) {
    pixels.count = static_cast<int>(std::min<ptrdiff_t>(kRangePixels, job.pixels - begin));
    if (job.residual != nullptr && job.values != nullptr) {
      FinishPixels<true, true>(job, begin, pixels);
    } else if (job.residual != nullptr) {
      FinishPixels<true, false>(job, begin, pixels);
    } else if (job.values != nullptr) {
      FinishPixels<false, true>(job, begin, pixels);
    } else {
      FinishPixels<false, false>(job, begin, pixels);
    }
  }
}

/// 16 channels as floats: the even and the odd ones.
struct EvenOdd {
  __m256 even;
  __m256 odd;
};

MOUTHPIECE_AVX2_INLINE EvenOdd LoadEvenOdd(const BFloat16* from) {
  const __m256i bits = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from));
  const __m256i upper = _mm256_set1_epi32(static_cast<int>(0xFFFF0000));
  return {_mm256_castsi256_ps(_mm256_slli_epi32(bits, 16)),
          _mm256_castsi256_ps(_mm256_and_si256(bits, upper))};
}

/// 16 channels' bytes, each in 16 bits.
MOUTHPIECE_AVX2_INLINE __m256i WideBytes(const ToIntegers<true>& integers, const BFloat16* from) {
  const EvenOdd values = LoadEvenOdd(from);
  return _mm256_or_si256(integers.Of(values.even), _mm256_slli_epi32(integers.Of(values.odd), 16));
}

MOUTHPIECE_AVX2 void Quantize(const Quantization& job) {
  const int channels = job.channels[0] + job.channels[1];
  for (ptrdiff_t begin = 0; begin < job.pixels; begin += kRangePixels) {
    const ptrdiff_t count = std::min<ptrdiff_t>(kRangePixels, job.pixels - begin);
    __m256 least[kRangePixels];
    __m256 largest[kRangePixels];
    for (ptrdiff_t p = 0; p < kRangePixels; ++p) {
      __m256 low = _mm256_setzero_ps();
      __m256 high = low;
      for (int s = 0; s < 2 && p < count; ++s) {
        const BFloat16* source = job.sources[s] + (begin + p) * job.channels[s];
        for (int c = 0; c < job.channels[s]; c += kBlockChannels) {
          const EvenOdd values = LoadEvenOdd(source + c);
          low = _mm256_min_ps(low, _mm256_min_ps(values.even, values.odd));
          high = _mm256_max_ps(high, _mm256_max_ps(values.even, values.odd));
        }
      }
      least[p] = low;
      largest[p] = high;
    }
    alignas(32) float inverses[kRangePixels];
    SetRanges(least, largest, job.scales + begin, job.lows + begin, inverses);
    uint8_t* bytes = job.bytes + begin * channels;
    for (ptrdiff_t p = 0; p < count; ++p) {
      const ToIntegers<true> integers(job.lows + begin, inverses, p);
      for (int s = 0; s < 2; ++s) {
        const BFloat16* source = job.sources[s] + (begin + p) * job.channels[s];
        int c = 0;
        for (; c + 2 * kBlockChannels <= job.channels[s]; c += 2 * kBlockChannels) {
          const __m256i both = _mm256_packus_epi16(
              WideBytes(integers, source + c), WideBytes(integers, source + c + kBlockChannels));
          _mm256_storeu_si256(reinterpret_cast<__m256i*>(bytes),
                              _mm256_permute4x64_epi64(both, 0xD8));
          bytes += 2 * kBlockChannels;
        }
        if (c == job.channels[s]) continue;
        const __m256i wide = WideBytes(integers, source + c);
        const __m256i once = _mm256_permute4x64_epi64(_mm256_packus_epi16(wide, wide), 0x08);
        _mm_storeu_si128(reinterpret_cast<__m128i*>(bytes), _mm256_castsi256_si128(once));
        bytes += kBlockChannels;
      }
    }
  }
}

MOUTHPIECE_AVX2_INLINE void StoreEvenOdd(const EvenOdd& values, BFloat16* to) {
  const __m256i even = _mm256_srli_epi32(RoundUpperHalf(values.even), 16);
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(to),
                      _mm256_blend_epi16(even, RoundUpperHalf(values.odd), 0xAA));
}

MOUTHPIECE_AVX2_INLINE __m256 Between(__m256 from, __m256 to, __m256 share) {
  return _mm256_fmadd_ps(_mm256_sub_ps(to, from), share, from);
}

MOUTHPIECE_AVX2_INLINE EvenOdd Between(const EvenOdd& from, const EvenOdd& to, __m256 share) {
  return {Between(from.even, to.even, share), Between(from.odd, to.odd, share)};
}

// Output x lies at x * (width - 1) / (2 * width - 1): outputs 2k + 1 and 2k + 2 between columns k
// and k + 1, the first and the last on columns.
MOUTHPIECE_AVX2 void Upsample(const UpsampleRow<BFloat16>& job) {
  const __m256 down = _mm256_set1_ps(job.lower_weight);
  const float share = 1.0F / static_cast<float>(2 * job.width - 1);
  for (int c = 0; c < job.channels; c += kBlockChannels) {
    const BFloat16* upper = job.upper + c;
    const BFloat16* lower = job.lower + c;
    BFloat16* output = job.output + c;
    EvenOdd left = Between(LoadEvenOdd(upper), LoadEvenOdd(lower), down);
    StoreEvenOdd(left, output);
    output += job.channels;
    for (int k = 0; k + 1 < job.width; ++k, output += ptrdiff_t{2} * job.channels) {
      upper += job.channels;
      lower += job.channels;
      const EvenOdd right = Between(LoadEvenOdd(upper), LoadEvenOdd(lower), down);
      const __m256 near = _mm256_set1_ps(static_cast<float>(job.width - 1 - k) * share);
      const __m256 far = _mm256_set1_ps(static_cast<float>(2 * job.width - 2 - k) * share);
      StoreEvenOdd(Between(left, right, near), output);
      StoreEvenOdd(Between(left, right, far), output + job.channels);
      left = right;
    }
    StoreEvenOdd(left, output);
  }
}

}  // namespace

void UseAvx2Rows(Kernels<Int8>& kernels) {
  kernels.compress = Compress;
  kernels.finish = FinishProduct;
  kernels.quantize = Quantize;
  kernels.upsample = Upsample;
}

}  // namespace mouthpiece::fused

#else

namespace mouthpiece::fused {

void UseAvx2Rows(Kernels<Int8>&) {}

}  // namespace mouthpiece::fused

#endif
