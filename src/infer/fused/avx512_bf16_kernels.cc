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
ptrdiff_t Depth(const Product<PairedBFloat16, Result>& job) {
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

MOUTHPIECE_BF16_INLINE __m256i ToBFloat16(__m512 values) {
  return __builtin_bit_cast(__m256i, _mm512_cvtneps_pbh(values));
}

/// The ReLU of 16 or 32 sums as bfloat16.
template <int kBlocks>
MOUTHPIECE_BF16_INLINE void StoreWidened(const __m512* sums, BFloat16* result) {
  if constexpr (kBlocks == 1) {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(result),
                        _mm256_max_epi16(ToBFloat16(sums[0]), _mm256_setzero_si256()));
  } else {
    // The second operand becomes the lower half.
    const __m512i both =
        __builtin_bit_cast(__m512i, _mm512_cvtne2ps_pbh(sums[kBlocks - 1], sums[0]));
    // Negative numbers are negative integers.
    _mm512_storeu_si512(result, _mm512_max_epi16(both, _mm512_setzero_si512()));
  }
}

template <int kPixels, int kBlocks, typename Result>
MOUTHPIECE_BF16_INLINE void MultiplyTile(const Product<PairedBFloat16, Result>& job,
                                         ptrdiff_t pixel, ptrdiff_t block, ptrdiff_t depth) {
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
    const Operand<PairedBFloat16>& source = job.sources[s];
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
    if constexpr (std::is_same_v<Result, BFloat16>) {
      StoreWidened<kBlocks>(
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
MOUTHPIECE_BF16 void MultiplyBlocks(const Product<PairedBFloat16, Result>& job, ptrdiff_t block,
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
void Multiply(const Product<PairedBFloat16, Result>& job) {
  const ptrdiff_t depth = Depth(job);
  const ptrdiff_t blocks = job.outputs / kBlockChannels;
  ptrdiff_t block = 0;
  for (; block + kTileBlocks <= blocks; block += kTileBlocks) {
    MultiplyBlocks<kTileBlocks>(job, block, depth);
  }
  if (block < blocks) MultiplyBlocks<1>(job, block, depth);
}

// ---------------------------------------------------------------- depthwise

/// 16 values in the lower halves of 32 bits.
MOUTHPIECE_BF16_INLINE __m512i LoadBits(const BFloat16* from) {
  return _mm512_cvtepu16_epi32(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(from)));
}

MOUTHPIECE_BF16_INLINE __m512 LoadValues(const BFloat16* from) {
  return _mm512_castsi512_ps(_mm512_slli_epi32(LoadBits(from), 16));
}

MOUTHPIECE_BF16_INLINE void StoreRelu(__m512 value, BFloat16* to) {
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(to),
                      ToBFloat16(_mm512_max_ps(value, _mm512_setzero_ps())));
}

/// What a pair of columns adds to the outputs around it: pairs of weights of 16 channels.
struct PairWeights {
  MOUTHPIECE_BF16_INLINE explicit PairWeights(const BFloat16* row) {
    const __m512i left = LoadBits(row);
    const __m512i middle = LoadBits(row + kDepthChannels);
    const __m512i right = LoadBits(row + 2 * kDepthChannels);
    to_left = right;
    to_first = _mm512_or_si512(middle, _mm512_slli_epi32(right, 16));
    to_second = _mm512_or_si512(left, _mm512_slli_epi32(middle, 16));
    to_right = _mm512_slli_epi32(left, 16);
  }

  __m512i to_left;    ///< To the output left of the pair: (right, 0)
  __m512i to_first;   ///< (middle, right)
  __m512i to_second;  ///< (left, middle)
  __m512i to_right;   ///< (0, left)
};

/// All that the rows of a 3x3 kernel add, of 16 channels from `lane` on.
struct KernelWeights {
  MOUTHPIECE_BF16_INLINE KernelWeights(const DepthwiseRow<PairedBFloat16>& job, int lane)
      : rows{PairWeights(job.weights + lane), PairWeights(job.weights + 3 * kDepthChannels + lane),
             PairWeights(job.weights + 6 * kDepthChannels + lane)},
        bias(LoadValues(job.bias + lane)) {}

  PairWeights rows[3];
  __m512 bias;
};

/// Two neighbouring columns of 16 channels as pairs.
MOUTHPIECE_BF16_INLINE __m512i LoadColumns(const BFloat16* from, __m512i order) {
  const __m256i first = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from));
  const __m256i second =
      _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from + kDepthChannels));
  return _mm512_permutexvar_epi16(order,
                                  _mm512_inserti64x4(_mm512_castsi256_si512(first), second, 1));
}

/// The order of LoadColumns: 0, 16, 1, 17...
MOUTHPIECE_BF16_INLINE __m512i ColumnOrder() {
  const __m512i channels = _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
  return _mm512_or_si512(channels,
                         _mm512_slli_epi32(_mm512_add_epi32(channels, _mm512_set1_epi32(16)), 16));
}

// Each pair of columns is read once and added to the four outputs that it touches.
MOUTHPIECE_BF16 void DepthwiseRow1(const DepthwiseRow<PairedBFloat16>& job, int lane) {
  const KernelWeights weights(job, lane);
  const __m512i order = ColumnOrder();
  const BFloat16* rows[3] = {job.rows[0] + lane, job.rows[1] + lane, job.rows[2] + lane};
  BFloat16* output = job.output + lane;
  __m512 second = weights.bias;  // output x - 1
  __m512 next = weights.bias;    // output x
  int x = 0;
  for (; x + 1 < job.width; x += 2) {
    __m512 left = second;
    __m512 first = next;
    second = weights.bias;
    next = weights.bias;
    for (int y = 0; y < 3; ++y) {
      const __m512i columns = LoadColumns(rows[y] + x * kDepthChannels, order);
      left = AddPairs(left, columns, weights.rows[y].to_left);
      first = AddPairs(first, columns, weights.rows[y].to_first);
      second = AddPairs(second, columns, weights.rows[y].to_second);
      next = AddPairs(next, columns, weights.rows[y].to_right);
    }
    if (x > 0) StoreRelu(left, output + (x - 1) * job.output_stride);
    StoreRelu(first, output + x * job.output_stride);
  }
  if (x < job.width) {  // a column without a second one
    for (int y = 0; y < 3; ++y) {
      const __m512i column = LoadBits(rows[y] + x * kDepthChannels);
      second = AddPairs(second, column, weights.rows[y].to_left);
      next = AddPairs(next, column, weights.rows[y].to_first);
    }
    StoreRelu(next, output + x * job.output_stride);
  }
  if (x > 0) StoreRelu(second, output + (x - 1) * job.output_stride);
}

MOUTHPIECE_BF16 void DepthwiseRow2(const DepthwiseRow<PairedBFloat16>& job, int lane) {
  const KernelWeights weights(job, lane);
  const __m512i order = ColumnOrder();
  __m512 next = weights.bias;  // of the next output, what the pair before it gives
  for (int x = 0; x < job.output_width; ++x) {
    __m512 sum = next;
    next = weights.bias;
    for (int y = 0; y < 3; ++y) {
      const BFloat16* row = job.rows[y] + 2 * x * kDepthChannels + lane;
      const __m512i columns = 2 * x + 1 < job.width ? LoadColumns(row, order) : LoadBits(row);
      sum = AddPairs(sum, columns, weights.rows[y].to_first);
      next = AddPairs(next, columns, weights.rows[y].to_right);
    }
    StoreRelu(sum, job.output + x * job.output_stride + lane);
  }
}

void Depthwise(const DepthwiseRow<PairedBFloat16>& job) {
  for (int lane = 0; lane < job.channels; lane += kBlockChannels) {
    if (job.stride == 1) {
      DepthwiseRow1(job, lane);
    } else {
      DepthwiseRow2(job, lane);
    }
  }
}

// ---------------------------------------------------------------- between the products

MOUTHPIECE_BF16 void FinishProduct(const Finish<PairedBFloat16>& job) {
  const __m512 least = _mm512_set1_ps(job.relu ? 0.0F : -std::numeric_limits<float>::infinity());
  for (int p = 0; p < job.pixels; ++p) {
    const ptrdiff_t pixel = static_cast<ptrdiff_t>(p) * job.channels;
    const float* product = job.product + p * kBlockChannels;
    for (int c = 0; c < job.channels; c += kBlockChannels, product += job.product_stride) {
      __m512 value = _mm512_loadu_ps(product);
      if (job.residual != nullptr) {
        value = _mm512_add_ps(value, LoadValues(job.residual + pixel + c));
      }
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(job.output + pixel + c),
                          ToBFloat16(_mm512_max_ps(least, value)));
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
                                PairedBFloat16* output) {
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

Kernels<PairedBFloat16> Avx512BFloat16Kernels() {
  Kernels<PairedBFloat16> kernels = HighwayKernels<PairedBFloat16>();
  kernels.name = "bf16 AVX-512";
  kernels.multiply = Multiply<float>;
  kernels.expand = Multiply<BFloat16>;
  kernels.depthwise = Depthwise;
  kernels.finish = FinishProduct;
  kernels.interleave = Interleave;
  return kernels;
}

}  // namespace mouthpiece::fused

#else

namespace mouthpiece::fused {

Kernels<PairedBFloat16> Avx512BFloat16Kernels() { return HighwayKernels<PairedBFloat16>(); }

}  // namespace mouthpiece::fused

#endif
