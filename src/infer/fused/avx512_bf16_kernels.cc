#include "infer/fused/avx512_bf16_kernels.h"

#include "infer/fused/highway_kernels.h"

#if defined(__x86_64__)

#include <immintrin.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <type_traits>

// GCC's headers begin some instructions with a value that is undefined on purpose.
#ifndef __clang__
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif

// On the functions that need them and not on the file: nothing else may come to use instructions
// that the machine lacks.
#define MOUTHPIECE_BF16 __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16")))
#define MOUTHPIECE_BF16_INLINE MOUTHPIECE_BF16 __attribute__((always_inline)) inline

namespace mouthpiece::fused {
namespace {

// ---------------------------------------------------------------- products

// 24 sums in registers; the others hold weights and a pair of channels of a pixel.
constexpr int kTilePixels = 12;
constexpr int kTileBlocks = 2;
constexpr ptrdiff_t kWeightTile = ptrdiff_t{kBlockChannels} * kDepthChannels;

/// Two neighbouring channels of one pixel, in all lanes.
MOUTHPIECE_BF16_INLINE __m512i BroadcastPair(const BFloat16* from) {
  int pair = 0;
  std::memcpy(&pair, from, sizeof(pair));
  return _mm512_set1_epi32(pair);
}

/// sum + a * b, over pairs. Not the intrinsic: clang++ 16 crashes on vectors of bfloat16 that were
/// broadcast.
MOUTHPIECE_BF16_INLINE __m512 AddPairs(__m512 sum, __m512i a, __m512i b) {
  __asm__("vdpbf16ps %2, %1, %0" : "+v"(sum) : "v"(a), "v"(b));
  return sum;
}

/// Of all sources, in tiles of weights.
template <typename Result>
ptrdiff_t Depth(const Product<BFloat16, Result>& job) {
  ptrdiff_t depth = 0;
  for (int s = 0; s < job.source_count; ++s) {
    depth += DivideUp(job.sources[s].channels, kDepthChannels);
  }
  return depth;
}

MOUTHPIECE_BF16_INLINE void StoreSums(const __m512* sums, int blocks, float* result,
                                      ptrdiff_t result_stride) {
  for (int b = 0; b < blocks; ++b) _mm512_storeu_ps(result + b * result_stride, sums[b]);
}

/// The ReLU of 16 or 32 sums as half floats, from 0 to the largest. Their bits are ordered as
/// integers.
template <int kBlocks>
MOUTHPIECE_BF16_INLINE void StoreHalves(const __m512* sums, Half* result) {
  constexpr int kNearest = _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC;
  const __m256i low = _mm512_cvtps_ph(sums[0], kNearest);
  if constexpr (kBlocks == 1) {
    const __m256i positive = _mm256_max_epi16(low, _mm256_setzero_si256());
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(result),
                        _mm256_min_epi16(positive, _mm256_set1_epi16(0x7BFF)));
    return;
  }
  const __m256i high = _mm512_cvtps_ph(sums[kBlocks - 1], kNearest);
  const __m512i both = _mm512_inserti64x4(_mm512_castsi256_si512(low), high, 1);
  const __m512i positive = _mm512_max_epi16(both, _mm512_setzero_si512());
  _mm512_storeu_si512(result, _mm512_min_epi16(positive, _mm512_set1_epi16(0x7BFF)));
}

template <int kPixels, int kBlocks, typename Result>
MOUTHPIECE_BF16_INLINE void MultiplyTile(const Product<BFloat16, Result>& job, ptrdiff_t pixel,
                                         ptrdiff_t block, ptrdiff_t depth) {
  __m512 sums[kPixels][kBlocks];
  for (int b = 0; b < kBlocks; ++b) {
    // Without sums to begin with, the same bias for all pixels.
    const ptrdiff_t step = job.start == nullptr ? 0 : kBlockChannels;
    const float* first = job.start == nullptr
                             ? job.bias + (block + b) * kBlockChannels
                             : job.start + (block + b) * job.start_stride + pixel * kBlockChannels;
    for (int p = 0; p < kPixels; ++p) sums[p][b] = _mm512_loadu_ps(first + p * step);
  }
  const BFloat16* weights = job.weights + block * depth * kWeightTile;
  const ptrdiff_t weight_stride = depth * kWeightTile;
  for (int s = 0; s < job.source_count; ++s) {
    const Operand<BFloat16>& source = job.sources[s];
    const ptrdiff_t stride = source.pixel_stride;
    const BFloat16* operand = source.data + pixel * stride;
    for (int done = 0; done < source.channels; done += kDepthChannels) {
      const int count = std::min(kDepthChannels, source.channels - done);
      const BFloat16* weight = weights;
      // Every fourth pixel has a pointer, from which the next three are within reach.
      const BFloat16* first[kPixels / 4 + 1];
      for (int p = 0; p < kPixels; p += 4) first[p / 4] = operand + p * stride;
      for (int k = 0; k < count; k += 2, weight += kDepthChannels) {
        __m512i pair[kBlocks];
        for (int b = 0; b < kBlocks; ++b) {
          pair[b] = _mm512_loadu_si512(weight + b * weight_stride);
        }
        for (int p = 0; p < kPixels; ++p) {
          const __m512i value = BroadcastPair(first[p / 4] + p % 4 * stride + k);
          for (int b = 0; b < kBlocks; ++b) {
            sums[p][b] = AddPairs(sums[p][b], value, pair[b]);
          }
        }
      }
      weights += kWeightTile;
      operand += source.block_stride;
    }
  }
  for (int p = 0; p < kPixels; ++p) {
    if constexpr (std::is_same_v<Result, Half>) {
      StoreHalves<kBlocks>(
          sums[p], job.result + block / 2 * job.result_stride + (pixel + p) * kDepthChannels);
    } else {
      StoreSums(sums[p], kBlocks,
                job.result + block * job.result_stride + (pixel + p) * kBlockChannels,
                job.result_stride);
    }
  }
}

/// What is left behind the last whole tile is rounded up to four pixels.
template <int kBlocks, typename Result>
MOUTHPIECE_BF16 void MultiplyBlocks(const Product<BFloat16, Result>& job, ptrdiff_t block,
                                    ptrdiff_t depth) {
  static_assert(kTilePixels == 12);
  ptrdiff_t p = 0;
  for (; p + 8 < job.pixels; p += kTilePixels) {
    MultiplyTile<kTilePixels, kBlocks>(job, p, block, depth);
  }
  if (p + 4 < job.pixels) {
    MultiplyTile<8, kBlocks>(job, p, block, depth);
  } else if (p < job.pixels) {
    MultiplyTile<4, kBlocks>(job, p, block, depth);
  }
}

template <typename Result>
void Multiply(const Product<BFloat16, Result>& job) {
  const ptrdiff_t depth = Depth(job);
  const ptrdiff_t blocks = job.outputs / kBlockChannels;
  ptrdiff_t block = 0;
  for (; block + kTileBlocks <= blocks; block += kTileBlocks) {
    MultiplyBlocks<kTileBlocks>(job, block, depth);
  }
  if (block < blocks) MultiplyBlocks<1>(job, block, depth);
}

// ---------------------------------------------------------------- depthwise

/// 16 half floats.
MOUTHPIECE_BF16_INLINE __m512 LoadHalves(const Half* from) {
  return _mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(from)));
}

MOUTHPIECE_BF16_INLINE __m512 LoadValues(const BFloat16* from) {
  const __m256i bits = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from));
  return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(bits), 16));
}

MOUTHPIECE_BF16_INLINE void StoreValues(__m512 value, BFloat16* to) {
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(to),
                      __builtin_bit_cast(__m256i, _mm512_cvtneps_pbh(value)));
}

MOUTHPIECE_BF16_INLINE void StoreRelu(__m512 value, BFloat16* to) {
  StoreValues(_mm512_max_ps(value, _mm512_setzero_ps()), to);
}

// Each column is read once and added to the three outputs that it touches.
MOUTHPIECE_BF16 void DepthwiseRow1(const DepthwiseRow<BFloat16>& job, int lane) {
  __m512 weights[3][3];
  for (int y = 0; y < 3; ++y) {
    for (int x = 0; x < 3; ++x) {
      weights[y][x] = LoadHalves(job.weights + (y * 3 + x) * kDepthChannels + lane);
    }
  }
  const __m512 bias = LoadHalves(job.bias + lane);
  const Half* rows[3] = {job.rows[0] + lane, job.rows[1] + lane, job.rows[2] + lane};
  BFloat16* output = job.output + lane;
  __m512 left = bias;  // output x - 1 at column x
  __m512 here = bias;  // output x
  for (int x = 0; x < job.width; ++x) {
    __m512 right = bias;
    for (int y = 0; y < 3; ++y) {
      const __m512 value = LoadHalves(rows[y] + x * kDepthChannels);
      left = _mm512_fmadd_ps(value, weights[y][2], left);
      here = _mm512_fmadd_ps(value, weights[y][1], here);
      right = _mm512_fmadd_ps(value, weights[y][0], right);
    }
    if (x > 0) StoreRelu(left, output + (x - 1) * job.output_stride);
    left = here;
    here = right;
  }
  StoreRelu(left, output + (job.width - 1) * job.output_stride);
}

MOUTHPIECE_BF16 void DepthwiseRow2(const DepthwiseRow<BFloat16>& job, int lane) {
  __m512 weights[3][3];
  for (int y = 0; y < 3; ++y) {
    for (int x = 0; x < 3; ++x) {
      weights[y][x] = LoadHalves(job.weights + (y * 3 + x) * kDepthChannels + lane);
    }
  }
  const __m512 bias = LoadHalves(job.bias + lane);
  for (int x = 0; x < job.output_width; ++x) {
    __m512 sum = bias;
    for (int y = 0; y < 3; ++y) {
      const Half* row = job.rows[y] + 2 * x * kDepthChannels + lane;
      if (x > 0) sum = _mm512_fmadd_ps(LoadHalves(row - kDepthChannels), weights[y][0], sum);
      sum = _mm512_fmadd_ps(LoadHalves(row), weights[y][1], sum);
      if (2 * x + 1 < job.width) {
        sum = _mm512_fmadd_ps(LoadHalves(row + kDepthChannels), weights[y][2], sum);
      }
    }
    StoreRelu(sum, job.output + x * job.output_stride + lane);
  }
}

void Depthwise(const DepthwiseRow<BFloat16>& job) {
  for (int lane = 0; lane < job.channels; lane += kBlockChannels) {
    if (job.stride == 1) {
      DepthwiseRow1(job, lane);
    } else {
      DepthwiseRow2(job, lane);
    }
  }
}

// ---------------------------------------------------------------- between the products

MOUTHPIECE_BF16 void FinishProduct(const Finish<BFloat16>& job) {
  const __m512 least = _mm512_set1_ps(job.relu ? 0.0F : -std::numeric_limits<float>::infinity());
  for (int p = 0; p < job.pixels; ++p) {
    const ptrdiff_t pixel = static_cast<ptrdiff_t>(p) * job.channels;
    const float* product = job.product + p * kBlockChannels;
    for (int c = 0; c < job.channels; c += kBlockChannels, product += job.product_stride) {
      __m512 value = _mm512_loadu_ps(product);
      if (job.residual != nullptr) {
        value = _mm512_add_ps(value, LoadValues(job.residual + pixel + c));
      }
      StoreValues(_mm512_max_ps(least, value), job.output + pixel + c);
    }
  }
}

/// Two planes' bytes, side by side for each pixel. A byte's float is that bfloat16 and zeros.
MOUTHPIECE_BF16_INLINE __m512i LoadBytePairs(const uint8_t* plane, ptrdiff_t plane_stride,
                                             __mmask16 pixels) {
  const __m128i first = _mm_maskz_loadu_epi8(pixels, plane);
  const __m128i second = _mm_maskz_loadu_epi8(pixels, plane + plane_stride);
  const __m512 low = _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(first));
  const __m512 high = _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(second));
  return _mm512_or_si512(_mm512_srli_epi32(_mm512_castps_si512(low), 16),
                         _mm512_castps_si512(high));
}

/// Every fourth pixel: its first eight channels, and zeros for the others.
MOUTHPIECE_BF16_INLINE void StorePixels(__m512i channels, BFloat16* to) {
  const __m128i pixels[] = {
      _mm512_extracti32x4_epi32(channels, 0), _mm512_extracti32x4_epi32(channels, 1),
      _mm512_extracti32x4_epi32(channels, 2), _mm512_extracti32x4_epi32(channels, 3)};
  for (int p = 0; p < 4; ++p) {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to + ptrdiff_t{p} * 4 * kBlockChannels),
                        _mm256_zextsi128_si256(pixels[p]));
  }
}

constexpr int kInterleavedPixels = 16;

/// 16 pixels, of which those in the mask are read.
MOUTHPIECE_BF16_INLINE void InterleavePixels(const uint8_t* planes, ptrdiff_t plane_stride,
                                             __mmask16 pixels, BFloat16* output) {
  const __m512i zero = _mm512_setzero_si512();
  const __m512i a = LoadBytePairs(planes, plane_stride, pixels);
  const __m512i b = LoadBytePairs(planes + 2 * plane_stride, plane_stride, pixels);
  const __m512i c = LoadBytePairs(planes + 4 * plane_stride, plane_stride, pixels);
  const __m512i ab_low = _mm512_unpacklo_epi32(a, b);  // of pixels 0, 1, 4, 5...
  const __m512i ab_high = _mm512_unpackhi_epi32(a, b);
  const __m512i c_low = _mm512_unpacklo_epi32(c, zero);
  const __m512i c_high = _mm512_unpackhi_epi32(c, zero);
  StorePixels(_mm512_unpacklo_epi64(ab_low, c_low), output);
  StorePixels(_mm512_unpackhi_epi64(ab_low, c_low), output + kBlockChannels);
  StorePixels(_mm512_unpacklo_epi64(ab_high, c_high), output + 2 * kBlockChannels);
  StorePixels(_mm512_unpackhi_epi64(ab_high, c_high), output + 3 * kBlockChannels);
}

MOUTHPIECE_BF16 void Interleave(const uint8_t* planes, ptrdiff_t plane_stride, int pixels,
                                BFloat16* output) {
  int p = 0;
  for (; p + kInterleavedPixels <= pixels; p += kInterleavedPixels) {
    InterleavePixels(planes + p, plane_stride, 0xFFFF, output + p * kBlockChannels);
  }
  if (p == pixels) return;
  BFloat16 last[kInterleavedPixels * kBlockChannels];
  const auto rest = static_cast<unsigned>(pixels - p);
  InterleavePixels(planes + p, plane_stride, static_cast<__mmask16>((1U << rest) - 1), last);
  std::memcpy(output + p * kBlockChannels, last, rest * kBlockChannels * sizeof(BFloat16));
}

}  // namespace

Kernels<BFloat16> Avx512BFloat16Kernels() {
  Kernels<BFloat16> kernels = HighwayBFloat16Kernels();
  kernels.name = "bf16 AVX-512";
  kernels.multiply = Multiply<float>;
  kernels.expand = Multiply<Half>;
  kernels.depthwise = Depthwise;
  kernels.finish = FinishProduct;
  kernels.interleave = Interleave;
  return kernels;
}

}  // namespace mouthpiece::fused

#else

namespace mouthpiece::fused {

Kernels<BFloat16> Avx512BFloat16Kernels() { return HighwayBFloat16Kernels(); }

}  // namespace mouthpiece::fused

#endif
