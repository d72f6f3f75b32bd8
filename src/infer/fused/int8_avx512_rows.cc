#include "infer/fused/int8_avx512_kernels.h"

#if defined(__x86_64__)

#include <algorithm>

#include "infer/fused/int8_avx512_target.h"

namespace mouthpiece::fused {
namespace {

constexpr int kRangePixels = 16;
/// Pixels whose ranges are found before their bytes are made: with fewer, each step waits for the
/// one before it.
constexpr int kChunkPixels = 64;
/// Of pixels with more, chunks would leave the first-level cache.
constexpr int kChunkChannels = 64;

template <bool kSigned>
MOUTHPIECE_VNNI_INLINE __m512 LoadMagnitudes(const float* values) {
  const __m512 value = _mm512_loadu_ps(values);
  return kSigned ? _mm512_abs_ps(value) : value;
}

/// Pixels whose channels are kBlocks vectors, or `blocks` of them where that is 0, `stride` apart.
template <bool kSigned, int kBlocks>
struct BlockedPixels {
  const float* first;
  ptrdiff_t stride;
  int blocks;

  /// By lanes, the largest magnitudes of a pixel.
  MOUTHPIECE_VNNI_INLINE __m512 operator()(ptrdiff_t p) const {
    const float* values = first + p * kBlockChannels;
    __m512 largest = LoadMagnitudes<kSigned>(values);
    for (int b = 1; b < (kBlocks > 0 ? kBlocks : blocks); ++b) {
      values += stride;
      largest = _mm512_max_ps(largest, LoadMagnitudes<kSigned>(values));
    }
    return largest;
  }
};

/// Of neighbouring lanes the larger, a's and b's in turn.
MOUTHPIECE_VNNI_INLINE __m512 LargerLanes(__m512 a, __m512 b) {
  return _mm512_max_ps(_mm512_unpacklo_ps(a, b), _mm512_unpackhi_ps(a, b));
}
/// The same of pairs of lanes.
MOUTHPIECE_VNNI_INLINE __m512 LargerPairs(__m512 a, __m512 b) {
  const __m512d c = _mm512_castps_pd(a);
  const __m512d d = _mm512_castps_pd(b);
  return _mm512_max_ps(_mm512_castpd_ps(_mm512_unpacklo_pd(c, d)),
                       _mm512_castpd_ps(_mm512_unpackhi_pd(c, d)));
}
/// Of fours of lanes; a's two and then b's.
MOUTHPIECE_VNNI_INLINE __m512 LargerFours(__m512 a, __m512 b) {
  return _mm512_max_ps(_mm512_shuffle_f32x4(a, b, 0x88), _mm512_shuffle_f32x4(a, b, 0xDD));
}

/// Lane p: the largest lane of pixel p, of 16.
template <typename Pixels>
MOUTHPIECE_VNNI_INLINE __m512 LargestOfEach(const Pixels& pixels) {
  __m512 twos[8];
  for (ptrdiff_t i = 0; i < 8; ++i) twos[i] = LargerLanes(pixels(2 * i), pixels(2 * i + 1));
  __m512 fours[4];
  for (int i = 0; i < 4; ++i) fours[i] = LargerPairs(twos[2 * i], twos[2 * i + 1]);
  return LargerFours(LargerFours(fours[0], fours[1]), LargerFours(fours[2], fours[3]));
}

/// The same of narrow pixels, of which each vector has two.
template <bool kSigned>
MOUTHPIECE_VNNI_INLINE __m512 LargestOfNarrow(const float* values) {
  const BlockedPixels<kSigned, 1> pairs{values, 0, 1};
  __m512 fours[2];
  for (ptrdiff_t i = 0; i < 2; ++i) {
    fours[i] = LargerPairs(LargerLanes(pairs(4 * i), pairs(4 * i + 1)),
                           LargerLanes(pairs(4 * i + 2), pairs(4 * i + 3)));
  }
  const __m512i order = _mm512_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7, 8, 12, 9, 13, 10, 14, 11, 15);
  return _mm512_permutexvar_ps(order, LargerFours(fours[0], fours[1]));
}

/// 16 pixels' scales of their largest values; returns the steps of a byte for one, or zeros.
template <bool kSigned>
MOUTHPIECE_VNNI_INLINE __m512 ScalesOf(__m512 largest, float* scales) {
  const __mmask16 is_range = _mm512_cmp_ps_mask(largest, _mm512_set1_ps(kLeastRange), _CMP_GT_OQ);
  const __m512 step = _mm512_set1_ps(ByteStep(kSigned));
  _mm512_storeu_ps(scales, _mm512_maskz_mul_ps(is_range, largest, step));
  return _mm512_maskz_div_ps(is_range, _mm512_set1_ps(ByteSteps(kSigned)), largest);
}

constexpr int kPackedChannels = 64;

/// Integers of four blocks as bytes.
template <bool kSigned>
MOUTHPIECE_VNNI_INLINE __m512i PackBytes(const __m512i integers[4]) {
  const __m512i low = _mm512_packs_epi32(integers[0], integers[1]);
  const __m512i high = _mm512_packs_epi32(integers[2], integers[3]);
  // Groups of four channels of block 0, 1, 2, 3, four times.
  const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
  const __m512i zero = _mm512_set1_epi8(static_cast<char>(kSignedZero));
  const __m512i bytes = kSigned ? _mm512_xor_si512(_mm512_packs_epi16(low, high), zero)
                                : _mm512_packus_epi16(low, high);
  return _mm512_permutexvar_epi32(order, bytes);
}

/// Up to kChunkPixels of floats, their ranges, and where their bytes go.
struct RangedPixels {
  const float* values = nullptr;  ///< [channels / block][pixels][block]
  ptrdiff_t stride = 0;           ///< From one block of channels to the next
  int channels = 0;
  int count = 0;
  uint8_t* bytes = nullptr;  ///< [pixels][channels]; 48 beyond may be written
  alignas(64) float inverses[kChunkPixels];

  /// value * inverse, rounded, of one pixel and block.
  MOUTHPIECE_VNNI_INLINE __m512i Integers(int p, int block) const {
    const __m512 value = _mm512_loadu_ps(values + block * stride + ptrdiff_t{p} * kBlockChannels);
    return _mm512_cvtps_epi32(_mm512_mul_ps(value, _mm512_set1_ps(inverses[p])));
  }

  /// kBlocks channels a pixel, so that 4 / kBlocks pixels fill a vector.
  template <bool kSigned, int kBlocks>
  MOUTHPIECE_VNNI_INLINE void StoreFew() const {
    for (int p = 0; p < count; p += 4 / kBlocks) {
      __m512i integers[4];
      for (int i = 0; i < 4; ++i) integers[i] = Integers(p + i / kBlocks, i % kBlocks);
      _mm512_storeu_si512(bytes + ptrdiff_t{p} * kBlocks * kBlockChannels,
                          PackBytes<kSigned>(integers));
    }
  }

  /// Of kNarrowChannels, so that eight pixels fill a vector.
  template <bool kSigned>
  MOUTHPIECE_VNNI_INLINE void StorePairs() const {
    for (int p = 0; p < count; p += 8) {
      __m512i integers[4];
      for (int i = 0; i < 4; ++i) {
        const __m512 inverse = SpreadPair(inverses + p + 2 * i);
        const __m512 value = _mm512_loadu_ps(values + ptrdiff_t{p + 2 * i} * kNarrowChannels);
        integers[i] = _mm512_cvtps_epi32(_mm512_mul_ps(value, inverse));
      }
      _mm512_storeu_si512(bytes + ptrdiff_t{p} * kNarrowChannels, PackBytes<kSigned>(integers));
    }
  }

  template <bool kSigned>
  MOUTHPIECE_VNNI_INLINE void StoreWide() const {
    const int blocks = channels / kBlockChannels;
    for (int p = 0; p < count; ++p) {
      uint8_t* to = bytes + ptrdiff_t{p} * channels;
      int b = 0;
      for (; b + 4 <= blocks; b += 4, to += kPackedChannels) {
        __m512i integers[4];
        for (int i = 0; i < 4; ++i) integers[i] = Integers(p, b + i);
        _mm512_storeu_si512(to, PackBytes<kSigned>(integers));
      }
      for (; b < blocks; ++b, to += kBlockChannels) {
        const __m512i zero = _mm512_set1_epi32(kSigned ? kSignedZero : 0);
        _mm_storeu_si128(reinterpret_cast<__m128i*>(to),
                         _mm512_cvtepi32_epi8(_mm512_add_epi32(Integers(p, b), zero)));
      }
    }
  }

  template <bool kSigned>
  MOUTHPIECE_VNNI_INLINE void Store() const {
    if (channels == kNarrowChannels) {
      StorePairs<kSigned>();
    } else if (channels == kBlockChannels) {
      StoreFew<kSigned, 1>();
    } else if (channels == 2 * kBlockChannels) {
      StoreFew<kSigned, 2>();
    } else {
      StoreWide<kSigned>();
    }
  }
};

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

/// The residual and the ReLU of pixels from `begin` on, in place, and their values.
template <bool kBf16, bool kResidual, bool kRelu, bool kValues>
MOUTHPIECE_VNNI_INLINE void FinishValues(const ByteFinish& job, ptrdiff_t begin, int count) {
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
      if constexpr (kRelu) value = _mm512_max_ps(value, _mm512_setzero_ps());
      if constexpr (kResidual || kRelu) _mm512_storeu_ps(product, value);
      if constexpr (kValues) {
        StoreValues<kBf16>(value, values);
        values += channels;
      }
    }
  }
}

template <bool kBf16, bool kRelu>
MOUTHPIECE_VNNI_INLINE void FinishValues(const ByteFinish& job, ptrdiff_t begin, int count) {
  if (job.residual != nullptr && job.values != nullptr) {
    FinishValues<kBf16, true, kRelu, true>(job, begin, count);
  } else if (job.residual != nullptr) {
    FinishValues<kBf16, true, kRelu, false>(job, begin, count);
  } else if (job.values != nullptr) {
    FinishValues<kBf16, false, kRelu, true>(job, begin, count);
  } else if (kRelu) {
    FinishValues<kBf16, false, kRelu, false>(job, begin, count);
  }
}

/// The largest magnitudes of 16 pixels, laid out as RangedPixels' are.
template <bool kSigned>
MOUTHPIECE_VNNI_INLINE __m512 LargestValues(const float* first, ptrdiff_t stride, int channels) {
  if (channels == kNarrowChannels) return LargestOfNarrow<kSigned>(first);
  const int blocks = channels / kBlockChannels;
  if (blocks == 1) return LargestOfEach(BlockedPixels<kSigned, 1>{first, stride, blocks});
  if (blocks == 2) return LargestOfEach(BlockedPixels<kSigned, 2>{first, stride, blocks});
  if (blocks == 4) return LargestOfEach(BlockedPixels<kSigned, 4>{first, stride, blocks});
  return LargestOfEach(BlockedPixels<kSigned, 0>{first, stride, blocks});
}

/// Sets the scales of pixels and stores their bytes.
template <bool kSigned>
MOUTHPIECE_VNNI_INLINE void StoreRanged(RangedPixels& pixels, float* scales) {
  const int block = BlockOf(pixels.channels);
  for (ptrdiff_t p = 0; p < pixels.count; p += kRangePixels) {
    const __m512 largest =
        LargestValues<kSigned>(pixels.values + p * block, pixels.stride, pixels.channels);
    _mm512_store_ps(pixels.inverses + p, ScalesOf<kSigned>(largest, scales + p));
  }
  pixels.Store<kSigned>();
}

constexpr int ChunkOf(int channels) {
  return channels <= kChunkChannels ? kChunkPixels : kRangePixels;
}

MOUTHPIECE_VNNI void Compress(const Compression& job) {
  RangedPixels pixels;
  pixels.stride = job.values_stride;
  pixels.channels = job.channels;
  const int chunk = ChunkOf(job.channels);
  for (ptrdiff_t begin = 0; begin < job.pixels; begin += chunk) {
    pixels.count = static_cast<int>(std::min<ptrdiff_t>(chunk, job.pixels - begin));
    pixels.values = job.values + begin * kBlockChannels;
    pixels.bytes = job.bytes + begin * job.channels;
    StoreRanged<false>(pixels, job.scales + begin);
  }
}

/// Two narrow pixels lie as one of 16 channels does.
MOUTHPIECE_VNNI_INLINE ByteFinish InPairs(const ByteFinish& job) {
  ByteFinish pairs = job;
  pairs.channels = kBlockChannels;
  return pairs;
}

template <bool kBf16, bool kRelu>
MOUTHPIECE_VNNI void FinishPixels(const ByteFinish& job) {
  const bool is_narrow = job.channels == kNarrowChannels;
  RangedPixels pixels;
  pixels.stride = job.product_stride;
  pixels.channels = job.channels;
  const int chunk = ChunkOf(job.channels);
  for (ptrdiff_t begin = 0; begin < job.pixels; begin += chunk) {
    pixels.count = static_cast<int>(std::min<ptrdiff_t>(chunk, job.pixels - begin));
    if (is_narrow) {
      FinishValues<kBf16, kRelu>(InPairs(job), begin / 2, pixels.count / 2);
    } else {
      FinishValues<kBf16, kRelu>(job, begin, pixels.count);
    }
    if (job.bytes == nullptr) continue;
    pixels.values = job.product + begin * BlockOf(job.channels);
    pixels.bytes = job.bytes + begin * job.channels;
    StoreRanged<!kRelu>(pixels, job.scales + begin);
  }
}

template <bool kBf16>
void FinishProduct(const ByteFinish& job) {
  if (job.relu) {
    FinishPixels<kBf16, true>(job);
  } else {
    FinishPixels<kBf16, false>(job);
  }
}

}  // namespace

void UseAvx512Rows(Kernels<Int8>& kernels, bool has_bf16) {
  kernels.compress = Compress;
  kernels.finish = has_bf16 ? FinishProduct<true> : FinishProduct<false>;
}

}  // namespace mouthpiece::fused

#else

namespace mouthpiece::fused {

void UseAvx512Rows(Kernels<Int8>&, bool) {}

}  // namespace mouthpiece::fused

#endif
