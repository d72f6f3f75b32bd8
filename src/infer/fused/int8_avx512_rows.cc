#include "infer/fused/int8_avx512_kernels.h"

#if defined(__x86_64__)

#include <algorithm>
#include <limits>

#include "infer/fused/int8_avx512_target.h"

namespace mouthpiece::fused {
namespace {

constexpr int kRangePixels = 16;

struct Smaller {
  MOUTHPIECE_VNNI_INLINE static __m512 Of(__m512 a, __m512 b) { return _mm512_min_ps(a, b); }
};
struct Larger {
  MOUTHPIECE_VNNI_INLINE static __m512 Of(__m512 a, __m512 b) { return _mm512_max_ps(a, b); }
};

/// Lane p: the least or largest of vector p's lanes. `vectors` are kBlockChannels apart.
template <typename Choice>
MOUTHPIECE_VNNI_INLINE __m512 ReduceEach(const float* vectors) {
  __m512 pairs[8];
  for (int i = 0; i < 8; ++i) {
    const __m512 a = _mm512_loadu_ps(vectors + ptrdiff_t{2} * i * kBlockChannels);
    const __m512 b = _mm512_loadu_ps(vectors + (ptrdiff_t{2} * i + 1) * kBlockChannels);
    pairs[i] = Choice::Of(_mm512_unpacklo_ps(a, b), _mm512_unpackhi_ps(a, b));
  }
  __m512 fours[4];
  for (int i = 0; i < 4; ++i) {
    const __m512d a = _mm512_castps_pd(pairs[2 * i]);
    const __m512d b = _mm512_castps_pd(pairs[2 * i + 1]);
    fours[i] = Choice::Of(_mm512_castpd_ps(_mm512_unpacklo_pd(a, b)),
                          _mm512_castpd_ps(_mm512_unpackhi_pd(a, b)));
  }
  __m512 eights[2];
  for (int i = 0; i < 2; ++i) {
    const __m512 a = fours[2 * i];
    const __m512 b = fours[2 * i + 1];
    eights[i] = Choice::Of(_mm512_shuffle_f32x4(a, b, 0x88), _mm512_shuffle_f32x4(a, b, 0xDD));
  }
  return Choice::Of(_mm512_shuffle_f32x4(eights[0], eights[1], 0x88),
                    _mm512_shuffle_f32x4(eights[0], eights[1], 0xDD));
}

/// 16 pixels' scales of their ranges; returns 255 / range, or zeros.
MOUTHPIECE_VNNI_INLINE __m512 ScalesOf(__m512 range, float* scales) {
  const __mmask16 is_range = _mm512_cmp_ps_mask(range, _mm512_set1_ps(kLeastRange), _CMP_GT_OQ);
  _mm512_storeu_ps(scales, _mm512_maskz_mul_ps(is_range, range, _mm512_set1_ps(kByteStep)));
  return _mm512_maskz_div_ps(is_range, _mm512_set1_ps(255), range);
}

constexpr int kPackedChannels = 64;

/// Integers 0..255 of four blocks as bytes.
MOUTHPIECE_VNNI_INLINE __m512i PackBytes(const __m512i integers[4]) {
  const __m512i low = _mm512_packs_epi32(integers[0], integers[1]);
  const __m512i high = _mm512_packs_epi32(integers[2], integers[3]);
  // Groups of four channels of block 0, 1, 2, 3, four times.
  const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
  return _mm512_permutexvar_epi32(order, _mm512_packus_epi16(low, high));
}

/// Up to 16 pixels of floats, their ranges, and where their bytes go.
struct RangedPixels {
  const float* values = nullptr;  ///< [channels / 16][pixels][16]
  ptrdiff_t stride = 0;           ///< From one block of channels to the next
  int channels = 0;
  int count = 0;
  uint8_t* bytes = nullptr;  ///< [pixels][channels]; three pixels beyond may be written
  const float* lows = nullptr;
  alignas(64) float inverses[kRangePixels];

  /// (value - low) * inverse, rounded, of one pixel and block.
  template <bool kLows>
  MOUTHPIECE_VNNI_INLINE __m512i Integers(int p, int block) const {
    __m512 value = _mm512_loadu_ps(values + block * stride + ptrdiff_t{p} * kBlockChannels);
    if (kLows) value = _mm512_sub_ps(value, _mm512_set1_ps(lows[p]));
    return _mm512_cvtps_epi32(_mm512_mul_ps(value, _mm512_set1_ps(inverses[p])));
  }

  /// kBlocks channels a pixel, so that 4 / kBlocks pixels fill a vector.
  template <bool kLows, int kBlocks>
  MOUTHPIECE_VNNI_INLINE void StoreNarrow() const {
    for (int p = 0; p < count; p += 4 / kBlocks) {
      __m512i integers[4];
      for (int i = 0; i < 4; ++i) integers[i] = Integers<kLows>(p + i / kBlocks, i % kBlocks);
      _mm512_storeu_si512(bytes + ptrdiff_t{p} * kBlocks * kBlockChannels, PackBytes(integers));
    }
  }

  template <bool kLows>
  MOUTHPIECE_VNNI_INLINE void StoreWide() const {
    const int blocks = channels / kBlockChannels;
    for (int p = 0; p < count; ++p) {
      uint8_t* to = bytes + ptrdiff_t{p} * channels;
      int b = 0;
      for (; b + 4 <= blocks; b += 4, to += kPackedChannels) {
        __m512i integers[4];
        for (int i = 0; i < 4; ++i) integers[i] = Integers<kLows>(p, b + i);
        _mm512_storeu_si512(to, PackBytes(integers));
      }
      for (; b < blocks; ++b, to += kBlockChannels) {
        _mm_storeu_si128(reinterpret_cast<__m128i*>(to),
                         _mm512_cvtepi32_epi8(Integers<kLows>(p, b)));
      }
    }
  }

  template <bool kLows>
  MOUTHPIECE_VNNI_INLINE void Store() const {
    if (channels == kBlockChannels) {
      StoreNarrow<kLows, 1>();
    } else if (channels == 2 * kBlockChannels) {
      StoreNarrow<kLows, 2>();
    } else {
      StoreWide<kLows>();
    }
  }
};

MOUTHPIECE_VNNI void Compress(const Compression& job) {
  RangedPixels pixels;
  pixels.stride = job.values_stride;
  pixels.channels = job.channels;
  for (ptrdiff_t first = 0; first < job.pixels; first += kRangePixels) {
    const __m512 range = ReduceEach<Larger>(job.peaks + first * kBlockChannels);
    _mm512_store_ps(pixels.inverses, ScalesOf(range, job.scales + first));
    pixels.values = job.values + first * kBlockChannels;
    pixels.count = static_cast<int>(std::min<ptrdiff_t>(kRangePixels, job.pixels - first));
    pixels.bytes = job.bytes + first * job.channels;
    pixels.Store<false>();
  }
}

/// The ranges of 16 pixels, to which zero belongs, from their least and largest values by lanes.
MOUTHPIECE_VNNI_INLINE void SetRanges(const float* least, const float* largest, float* scales,
                                      float* lows, RangedPixels& pixels) {
  const __m512 zero = _mm512_setzero_ps();
  const __m512 low = _mm512_min_ps(ReduceEach<Smaller>(least), zero);
  const __m512 high = _mm512_max_ps(ReduceEach<Larger>(largest), zero);
  _mm512_storeu_ps(lows, low);
  _mm512_store_ps(pixels.inverses, ScalesOf(_mm512_sub_ps(high, low), scales));
  pixels.lows = lows;
}

MOUTHPIECE_VNNI_INLINE __m512 LoadValues(const BFloat16* from) {
  const __m256i bits = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from));
  return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(bits), 16));
}

/// To the nearest, halves to even.
template <bool kBf16>
MOUTHPIECE_VNNI_INLINE void StoreValues(__m512 value, BFloat16* to) {
  __m256i rounded;
  if constexpr (kBf16) {
    __asm__("vcvtneps2bf16 %1, %0" : "=v"(rounded) : "v"(value));
  } else {
    const __m512i bits = _mm512_castps_si512(value);
    const __m512i odd = _mm512_and_si512(_mm512_srli_epi32(bits, 16), _mm512_set1_epi32(1));
    const __m512i up = _mm512_add_epi32(bits, _mm512_add_epi32(odd, _mm512_set1_epi32(0x7FFF)));
    rounded = _mm512_cvtepi32_epi16(_mm512_srli_epi32(up, 16));
  }
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), rounded);
}

/// The residual and the ReLU of up to 16 pixels from `begin` on, in place, and their values.
template <bool kBf16, bool kResidual, bool kValues>
MOUTHPIECE_VNNI_INLINE void FinishValues(const ByteFinish& job, ptrdiff_t begin, int count) {
  const __m512 least = _mm512_set1_ps(job.relu ? 0.0F : -std::numeric_limits<float>::infinity());
  const ptrdiff_t channels = job.channels;
  for (ptrdiff_t c = 0; c < channels; c += kBlockChannels) {
    float* product = job.product + c / kBlockChannels * job.product_stride + begin * kBlockChannels;
    const BFloat16* residual = kResidual ? job.residual + begin * channels + c : nullptr;
    BFloat16* values = kValues ? job.values + begin * channels + c : nullptr;
    for (int p = 0; p < count; ++p, product += kBlockChannels) {
      __m512 value = _mm512_loadu_ps(product);
      if constexpr (kResidual) {
        value = _mm512_add_ps(value, LoadValues(residual));
        residual += channels;
      }
      value = _mm512_max_ps(least, value);
      _mm512_storeu_ps(product, value);
      if constexpr (kValues) {
        StoreValues<kBf16>(value, values);
        values += channels;
      }
    }
  }
}

template <bool kBf16>
MOUTHPIECE_VNNI_INLINE void FinishValues(const ByteFinish& job, ptrdiff_t begin, int count) {
  if (job.residual != nullptr) {
    if (job.values != nullptr) {
      FinishValues<kBf16, true, true>(job, begin, count);
    } else {
      FinishValues<kBf16, true, false>(job, begin, count);
    }
  } else if (job.values != nullptr) {
    FinishValues<kBf16, false, true>(job, begin, count);
  } else if (job.relu) {
    FinishValues<kBf16, false, false>(job, begin, count);
  }
}

/// Sets the ranges of `pixels`, which has the values.
MOUTHPIECE_VNNI_INLINE void FindRanges(float* scales, float* lows, RangedPixels& pixels) {
  if (pixels.channels == kBlockChannels) {
    SetRanges(pixels.values, pixels.values, scales, lows, pixels);
    return;
  }
  alignas(64) float least[kRangePixels * kBlockChannels];
  alignas(64) float largest[kRangePixels * kBlockChannels];
  for (int p = 0; p < kRangePixels; ++p) {
    const float* values = pixels.values + ptrdiff_t{p} * kBlockChannels;
    __m512 low = _mm512_loadu_ps(values);
    __m512 high = low;
    for (int c = kBlockChannels; c < pixels.channels; c += kBlockChannels) {
      values += pixels.stride;
      const __m512 value = _mm512_loadu_ps(values);
      low = _mm512_min_ps(low, value);
      high = _mm512_max_ps(high, value);
    }
    _mm512_store_ps(least + p * kBlockChannels, low);
    _mm512_store_ps(largest + p * kBlockChannels, high);
  }
  SetRanges(least, largest, scales, lows, pixels);
}

template <bool kBf16>
MOUTHPIECE_VNNI void FinishProduct(const ByteFinish& job) {
  RangedPixels pixels;
  pixels.stride = job.product_stride;
  pixels.channels = job.channels;
  for (ptrdiff_t begin = 0; begin < job.pixels; begin += kRangePixels) {
    pixels.count = static_cast<int>(std::min<ptrdiff_t>(kRangePixels, job.pixels - begin));
    FinishValues<kBf16>(job, begin, pixels.count);
    if (job.bytes == nullptr) continue;
    pixels.values = job.product + begin * kBlockChannels;
    pixels.bytes = job.bytes + begin * job.channels;
    FindRanges(job.scales + begin, job.lows + begin, pixels);
    pixels.Store<true>();
  }
}

MOUTHPIECE_VNNI void Quantize(const Quantization& job) {
  // Floats of 16 pixels, in blocks of channels; wide pixels take turns to stay in the cache.
  constexpr int kStackChannels = 64;
  const int channels = job.channels[0] + job.channels[1];
  if (channels <= kStackChannels) {
    alignas(64) float values[kRangePixels * kStackChannels];
    RangedPixels pixels;
    pixels.values = values;
    pixels.stride = kRangePixels * kBlockChannels;
    pixels.channels = channels;
    for (ptrdiff_t begin = 0; begin < job.pixels; begin += kRangePixels) {
      pixels.count = static_cast<int>(std::min<ptrdiff_t>(kRangePixels, job.pixels - begin));
      pixels.bytes = job.bytes + begin * channels;
      float* to = values;
      for (int s = 0; s < 2; ++s) {
        for (int c = 0; c < job.channels[s]; c += kBlockChannels) {
          const BFloat16* from = job.sources[s] + begin * job.channels[s] + c;
          for (int p = 0; p < kRangePixels; ++p, to += kBlockChannels) {
            const bool is_there = p < pixels.count;
            _mm512_store_ps(to, is_there ? LoadValues(from) : _mm512_setzero_ps());
            from += job.channels[s];
          }
        }
      }
      FindRanges(job.scales + begin, job.lows + begin, pixels);
      pixels.Store<true>();
    }
    return;
  }
  for (ptrdiff_t p = 0; p < job.pixels; ++p) {
    __m512 low = _mm512_setzero_ps();
    __m512 high = _mm512_setzero_ps();
    for (int s = 0; s < 2; ++s) {
      const BFloat16* source = job.sources[s] + p * job.channels[s];
      for (int c = 0; c < job.channels[s]; c += kBlockChannels) {
        const __m512 value = LoadValues(source + c);
        low = _mm512_min_ps(low, value);
        high = _mm512_max_ps(high, value);
      }
    }
    const float least = _mm512_reduce_min_ps(low);
    const float range = _mm512_reduce_max_ps(high) - least;
    job.scales[p] = range > kLeastRange ? range * kByteStep : 0;
    job.lows[p] = least;
    const __m512 inverse = _mm512_set1_ps(range > kLeastRange ? 255.0F / range : 0);
    uint8_t* bytes = job.bytes + p * channels;
    for (int s = 0; s < 2; ++s) {
      const BFloat16* source = job.sources[s] + p * job.channels[s];
      for (int c = 0; c < job.channels[s]; c += kBlockChannels, bytes += kBlockChannels) {
        const __m512 value = _mm512_sub_ps(LoadValues(source + c), _mm512_set1_ps(least));
        _mm_storeu_si128(reinterpret_cast<__m128i*>(bytes),
                         _mm512_cvtepi32_epi8(_mm512_cvtps_epi32(_mm512_mul_ps(value, inverse))));
      }
    }
  }
}

}  // namespace

void UseAvx512Rows(Kernels<Int8>& kernels, bool has_bf16) {
  kernels.compress = Compress;
  kernels.finish = has_bf16 ? FinishProduct<true> : FinishProduct<false>;
  kernels.quantize = Quantize;
}

}  // namespace mouthpiece::fused

#else

namespace mouthpiece::fused {

void UseAvx512Rows(Kernels<Int8>&, bool) {}

}  // namespace mouthpiece::fused

#endif
