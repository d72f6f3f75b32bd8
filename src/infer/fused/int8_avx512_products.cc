#include "infer/fused/int8_avx512_kernels.h"

#if defined(__x86_64__)

#include <cstring>
#include <type_traits>

#include "infer/fused/int8_avx512_target.h"

namespace mouthpiece::fused {
namespace {

// 24 sums in registers; the others hold weights and four channels of a pixel.
constexpr int kTilePixels = 12;
constexpr int kTileBlocks = 2;
constexpr ptrdiff_t kWeightTile = ptrdiff_t{kBlockChannels} * kQuadChannels;

/// Four neighbouring channels of one pixel, in all lanes.
MOUTHPIECE_VNNI_INLINE __m512i BroadcastQuad(const uint8_t* from) {
  int quad = 0;
  std::memcpy(&quad, from, sizeof(quad));
  return _mm512_set1_epi32(quad);
}

/// sum + a * b, over quads. Not the intrinsic, around which g++ 12 moves sums to memory and back.
MOUTHPIECE_VNNI_INLINE __m512i AddQuads(__m512i sum, __m512i a, __m512i b) {
  __asm__("vpdpbusd %2, %1, %0" : "+v"(sum) : "v"(a), "v"(b));
  return sum;
}

/// Two columns of 16 channels, their ReLU, as pairs of bfloat16; of halves the larger.
MOUTHPIECE_VNNI_INLINE __m512i PairColumns(__m512 first, __m512 second) {
  const __m512i half = _mm512_set1_epi32(0x8000);
  const __m512i low = _mm512_add_epi32(_mm512_castps_si512(first), half);
  const __m512i high = _mm512_add_epi32(_mm512_castps_si512(second), half);
  // The upper halves of both.
  const __m512i both = _mm512_mask_alignr_epi8(high, 0x3333333333333333, low, low, 2);
  // Negative numbers are negative integers.
  return _mm512_max_epi16(both, _mm512_setzero_si512());
}

class FloatSums {
 public:
  MOUTHPIECE_VNNI_INLINE FloatSums(const ByteProduct<float>& job, ptrdiff_t block, ptrdiff_t)
      : job_(job),
        weight_scales_(_mm512_loadu_ps(job.weight_scales + block * kBlockChannels)),
        bias_(_mm512_loadu_ps(job.bias + block * kBlockChannels)),
        result_(job.result + block * job.result_stride) {}

  MOUTHPIECE_VNNI_INLINE void StorePair(__m512i first, __m512i second, ptrdiff_t pixel) const {
    Store(first, pixel);
    Store(second, pixel + 1);
  }

 private:
  MOUTHPIECE_VNNI_INLINE void Store(__m512i sum, ptrdiff_t pixel) const {
    const __m512 value =
        _mm512_mul_ps(_mm512_cvtepi32_ps(sum), _mm512_set1_ps(job_.source.scales[pixel]));
    _mm512_storeu_ps(result_ + pixel * kBlockChannels,
                     _mm512_fmadd_ps(value, weight_scales_, bias_));
  }

  const ByteProduct<float>& job_;
  __m512 weight_scales_;
  __m512 bias_;
  float* result_;
};

template <bool kHalved>
class WidenedSums {
 public:
  MOUTHPIECE_VNNI_INLINE WidenedSums(const ByteProduct<BFloat16>& job, ptrdiff_t block,
                                     ptrdiff_t pixel)
      : job_(job), result_(job.result + block * job.result_stride) {
    if constexpr (kHalved) {
      const ptrdiff_t first = block * job.halved.stride + pixel / 2 * kBlockChannels;
      upper_ = job.halved.upper + first;
      lower_ = job.halved.lower + first;
      lower_weight_ = _mm512_set1_ps(job.halved.lower_weight);
      left_ = Blended(-kBlockChannels);
      near_ = Blended(0);
    } else {
      bias_ = _mm512_loadu_ps(job.bias + block * kBlockChannels);
    }
  }

  MOUTHPIECE_VNNI_INLINE void StorePair(__m512i first, __m512i second, ptrdiff_t pixel) {
    __m512 bases[] = {bias_, bias_};
    if constexpr (kHalved) {
      upper_ += kBlockChannels;
      lower_ += kBlockChannels;
      const __m512 right = Blended(0);
      bases[0] = Between(near_, left_, job_.halved.shares[pixel]);
      bases[1] = Between(near_, right, job_.halved.shares[pixel + 1]);
      left_ = near_;
      near_ = right;
    }
    _mm512_storeu_si512(
        result_ + pixel * kBlockChannels,
        PairColumns(Value(first, pixel, bases[0]), Value(second, pixel + 1, bases[1])));
  }

 private:
  MOUTHPIECE_VNNI_INLINE __m512 Blended(ptrdiff_t place) const {
    const __m512 upper = _mm512_loadu_ps(upper_ + place);
    return _mm512_fmadd_ps(_mm512_sub_ps(_mm512_loadu_ps(lower_ + place), upper), lower_weight_,
                           upper);
  }

  MOUTHPIECE_VNNI_INLINE static __m512 Between(__m512 near, __m512 far, float share) {
    return _mm512_fmadd_ps(_mm512_sub_ps(far, near), _mm512_set1_ps(share), near);
  }

  MOUTHPIECE_VNNI_INLINE __m512 Value(__m512i sum, ptrdiff_t pixel, __m512 base) const {
    return _mm512_fmadd_ps(_mm512_cvtepi32_ps(sum), _mm512_set1_ps(job_.source.scales[pixel]),
                           base);
  }

  const ByteProduct<BFloat16>& job_;
  __m512 bias_ = _mm512_setzero_ps();
  // Of the halved rows: of the pixel behind the last two, blended, and before it.
  const float* upper_ = nullptr;
  const float* lower_ = nullptr;
  __m512 lower_weight_;
  __m512 near_;
  __m512 left_;
  BFloat16* result_;
};

/// Stores sums of pixels from p on. A recursion, so that every place is a constant and sums stay in
/// registers.
template <int p, int b, int kPixels, int kBlocks, typename Sums>
MOUTHPIECE_VNNI_INLINE void StoreSums(const __m512i (&sums)[kPixels][kBlocks], Sums& to,
                                      ptrdiff_t pixel) {
  if constexpr (p < kPixels) {
    to.StorePair(sums[p][b], sums[p + 1][b], pixel + p);
    StoreSums<p + 2, b>(sums, to, pixel);
  }
}

template <bool kSigned, bool kHalved, int kPixels, int kBlocks, typename Result>
MOUTHPIECE_VNNI_INLINE void MultiplyTile(const ByteProduct<Result>& job, ptrdiff_t pixel,
                                         ptrdiff_t block) {
  __m512i sums[kPixels][kBlocks];
  for (ptrdiff_t b = 0; b < kBlocks; ++b) {
    const __m512i start = kSigned
                              ? _mm512_loadu_si512(job.signed_starts + (block + b) * kBlockChannels)
                              : _mm512_setzero_si512();
    for (int p = 0; p < kPixels; ++p) sums[p][b] = start;
  }
  const ptrdiff_t stride = job.source.pixel_stride;
  const ptrdiff_t weight_stride = job.source.channels / kQuadChannels * kWeightTile;
  const int8_t* weights = job.weights + block * weight_stride;
  // Every fourth pixel has a pointer, from which the next three are within reach.
  const uint8_t* first[(kPixels + 3) / 4];
  for (int p = 0; p < kPixels; p += 4) first[p / 4] = job.source.data + (pixel + p) * stride;
  for (int c = 0; c < job.source.channels; c += kQuadChannels, weights += kWeightTile) {
    __m512i quads[kBlocks];
    for (int b = 0; b < kBlocks; ++b) quads[b] = _mm512_loadu_si512(weights + b * weight_stride);
    for (int p = 0; p < kPixels; ++p) {
      const __m512i value = BroadcastQuad(first[p / 4] + p % 4 * stride + c);
      for (int b = 0; b < kBlocks; ++b) {
        sums[p][b] = AddQuads(sums[p][b], value, quads[b]);
      }
    }
  }
  using Sums = std::conditional_t<std::is_same_v<Result, float>, FloatSums, WidenedSums<kHalved>>;
  Sums to(job, block, pixel);
  StoreSums<0, 0>(sums, to, pixel);
  if constexpr (kBlocks == 2) {
    Sums next(job, block + 1, pixel);
    StoreSums<0, 1>(sums, next, pixel);
  }
}

/// What is left behind the last whole tile is rounded up to four pixels.
template <bool kSigned, bool kHalved, int kBlocks, typename Result>
MOUTHPIECE_VNNI void MultiplyBlocks(const ByteProduct<Result>& job, ptrdiff_t block) {
  static_assert(kTilePixels == 12);
  ptrdiff_t p = 0;
  for (; p + 8 < job.pixels; p += kTilePixels) {
    MultiplyTile<kSigned, kHalved, kTilePixels, kBlocks>(job, p, block);
  }
  if (p + 4 < job.pixels) {
    MultiplyTile<kSigned, kHalved, 8, kBlocks>(job, p, block);
  } else if (p < job.pixels) {
    MultiplyTile<kSigned, kHalved, 4, kBlocks>(job, p, block);
  }
}

template <bool kSigned, bool kHalved, typename Result>
void MultiplyAll(const ByteProduct<Result>& job) {
  const ptrdiff_t blocks = job.outputs / kBlockChannels;
  ptrdiff_t block = 0;
  for (; block + kTileBlocks <= blocks; block += kTileBlocks) {
    MultiplyBlocks<kSigned, kHalved, kTileBlocks>(job, block);
  }
  if (block < blocks) MultiplyBlocks<kSigned, kHalved, 1>(job, block);
}

template <bool kHalved, typename Result>
void MultiplyAll(const ByteProduct<Result>& job) {
  if (job.source.is_signed) {
    MultiplyAll<true, kHalved>(job);
  } else {
    MultiplyAll<false, kHalved>(job);
  }
}

constexpr int kNarrowPairs = 8;  // of pixels, that a tile of eight outputs has

/// Four channels of two neighbouring pixels, each in the lanes of its outputs.
MOUTHPIECE_VNNI_INLINE __m512i SpreadQuads(const uint8_t* first, ptrdiff_t stride) {
  return _mm512_mask_broadcastd_epi32(BroadcastQuad(first), kSecondPixel,
                                      _mm_loadu_si32(first + stride));
}
/// Eight outputs' values for both pixels.
MOUTHPIECE_VNNI_INLINE __m512 ForBoth(const float* outputs) {
  return _mm512_broadcast_f32x8(_mm256_loadu_ps(outputs));
}
MOUTHPIECE_VNNI_INLINE __m512i ForBoth(const void* outputs) {
  return _mm512_broadcast_i32x8(_mm256_loadu_si256(static_cast<const __m256i*>(outputs)));
}

/// StoreSums of pairs of pixels.
template <int i>
MOUTHPIECE_VNNI_INLINE void StorePairs(const __m512i (&sums)[kNarrowPairs],
                                       const ByteProduct<float>& job, ptrdiff_t pixel,
                                       __m512 weight_scales, __m512 bias) {
  if constexpr (i < kNarrowPairs) {
    const __m512 value =
        _mm512_mul_ps(_mm512_cvtepi32_ps(sums[i]), SpreadPair(job.source.scales + pixel + 2 * i));
    _mm512_storeu_ps(job.result + (pixel + 2 * i) * kNarrowChannels,
                     _mm512_fmadd_ps(value, weight_scales, bias));
    StorePairs<i + 1>(sums, job, pixel, weight_scales, bias);
  }
}

/// Eight outputs of two pixels fill a vector.
template <bool kSigned>
MOUTHPIECE_VNNI void MultiplyNarrow(const ByteProduct<float>& job) {
  constexpr ptrdiff_t kNarrowTile = ptrdiff_t{kNarrowChannels} * kQuadChannels;
  const ptrdiff_t stride = job.source.pixel_stride;
  const __m512i start = kSigned ? ForBoth(job.signed_starts) : _mm512_setzero_si512();
  const __m512 weight_scales = ForBoth(job.weight_scales);
  const __m512 bias = ForBoth(job.bias);
  for (ptrdiff_t p = 0; p < job.pixels; p += 2 * kNarrowPairs) {
    __m512i sums[kNarrowPairs];
    for (__m512i& sum : sums) sum = start;
    const uint8_t* first[kNarrowPairs / 2];
    for (int i = 0; i < kNarrowPairs / 2; ++i) first[i] = job.source.data + (p + 4 * i) * stride;
    const int8_t* weights = job.weights;
    for (int c = 0; c < job.source.channels; c += kQuadChannels, weights += kNarrowTile) {
      const __m512i quads = ForBoth(weights);
      for (int i = 0; i < kNarrowPairs; ++i) {
        const uint8_t* pair = first[i / 2] + i % 2 * 2 * stride + c;
        sums[i] = AddQuads(sums[i], SpreadQuads(pair, stride), quads);
      }
    }
    StorePairs<0>(sums, job, p, weight_scales, bias);
  }
}

void Multiply(const ByteProduct<float>& job) {
  if (job.outputs != kNarrowChannels) {
    MultiplyAll<false>(job);
  } else if (job.source.is_signed) {
    MultiplyNarrow<true>(job);
  } else {
    MultiplyNarrow<false>(job);
  }
}

void Expand(const ByteProduct<BFloat16>& job) {
  if (job.halved.upper == nullptr) {
    MultiplyAll<false>(job);
  } else {
    MultiplyAll<true>(job);
  }
  if (job.pixels % 2 == 0) return;
  for (ptrdiff_t block = 0; block < job.outputs / kBlockChannels; ++block) {
    BFloat16* row = job.result + block * job.result_stride;
    for (int c = 0; c < kBlockChannels; ++c) row[ColumnPlace(job.pixels, c)] = {0};
  }
}

}  // namespace

void UseAvx512Products(Kernels<Int8>& kernels) {
  kernels.largest_four = kAnyFour;
  kernels.has_narrow = true;
  kernels.multiply = Multiply;
  kernels.expand = Expand;
}

}  // namespace mouthpiece::fused

#else

namespace mouthpiece::fused {

void UseAvx512Products(Kernels<Int8>&) {}

}  // namespace mouthpiece::fused

#endif
