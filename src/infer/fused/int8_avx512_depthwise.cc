#include "infer/fused/int8_avx512_kernels.h"

#if defined(__x86_64__)

#include "infer/fused/int8_avx512_target.h"

namespace mouthpiece::fused {
namespace {

/// Products of pairs of bfloat16, added to 16 sums.
struct DotProducts {
  /// Not the intrinsic: clang++ 16 crashes on vectors of bfloat16 that were broadcast.
  MOUTHPIECE_VNNI_BF16_INLINE static __m512 Add(__m512 sum, __m512i columns, __m512i weights) {
    __asm__("vdpbf16ps %2, %1, %0" : "+v"(sum) : "v"(columns), "v"(weights));
    return sum;
  }
};

constexpr ptrdiff_t kPair = ptrdiff_t{kBlockChannels} * 2;

MOUTHPIECE_VNNI_INLINE __m512i LoadPairs(const BFloat16* from) { return _mm512_loadu_si512(from); }

/// The ReLU of 16 sums.
MOUTHPIECE_VNNI_INLINE void StoreFiltered(__m512 sum, float* output) {
  _mm512_storeu_ps(output, _mm512_max_ps(sum, _mm512_setzero_ps()));
}

/// The even 16 bits of two vectors, in turn.
MOUTHPIECE_VNNI_INLINE __m512i FirstColumns(__m512i above, __m512i below) {
  return _mm512_mask_blend_epi16(0xAAAAAAAA, above, _mm512_slli_epi32(below, 16));
}

/// The odd ones.
MOUTHPIECE_VNNI_INLINE __m512i SecondColumns(__m512i above, __m512i below) {
  return _mm512_mask_blend_epi16(0xAAAAAAAA, _mm512_srli_epi32(above, 16), below);
}

/// What pairs of columns in three rows add to the outputs around them.
///
/// To the outputs left and right of a pair it gives one column. Two rows of such a column make a
/// pair of their own, so that these take two products instead of three with a half of zeros.
struct PairFilter {
  __m512i to_first[3];
  __m512i to_second[3];
  __m512i above_to_left;  ///< Of the two upper rows
  __m512i above_to_right;
  __m512i below_to_left;
  __m512i below_to_right;

  MOUTHPIECE_VNNI_BF16_INLINE explicit PairFilter(const FilteredRow& job) {
    const auto weights = [&](int y, int kind) __attribute__((always_inline)) {
      return job.weights + (y * kPairWeights + kind) * kPair;
    };
    for (int y = 0; y < 3; ++y) {
      to_first[y] = LoadPairs(weights(y, kToFirst));
      to_second[y] = LoadPairs(weights(y, kToSecond));
    }
    above_to_left = FirstColumns(LoadPairs(weights(0, kToLeft)), LoadPairs(weights(1, kToLeft)));
    above_to_right =
        SecondColumns(LoadPairs(weights(0, kToRight)), LoadPairs(weights(1, kToRight)));
    below_to_left = LoadPairs(weights(2, kToLeft));
    below_to_right = LoadPairs(weights(2, kToRight));
  }
};

struct PairColumns {
  __m512i rows[3];

  MOUTHPIECE_VNNI_INLINE PairColumns(const FilteredRow& job, ptrdiff_t pair) {
    for (int y = 0; y < 3; ++y) rows[y] = LoadPairs(job.rows[y] + pair * kPair);
  }
  MOUTHPIECE_VNNI_BF16_INLINE __m512 AddToLeft(__m512 sum, const PairFilter& filter) const {
    sum = DotProducts::Add(sum, FirstColumns(rows[0], rows[1]), filter.above_to_left);
    return DotProducts::Add(sum, rows[2], filter.below_to_left);
  }
  MOUTHPIECE_VNNI_BF16_INLINE __m512 AddToRight(__m512 sum, const PairFilter& filter) const {
    sum = DotProducts::Add(sum, SecondColumns(rows[0], rows[1]), filter.above_to_right);
    return DotProducts::Add(sum, rows[2], filter.below_to_right);
  }
  MOUTHPIECE_VNNI_BF16_INLINE __m512 Add(__m512 sum, const __m512i (&weights)[3]) const {
    for (int y = 0; y < 3; ++y) sum = DotProducts::Add(sum, rows[y], weights[y]);
    return sum;
  }
};

// Each pair of columns is read once and added to the four outputs that it touches.
MOUTHPIECE_VNNI_BF16 void FilterRow1(const FilteredRow& job) {
  const PairFilter filter(job);
  const __m512 bias = _mm512_loadu_ps(job.bias);
  const ptrdiff_t last = DivideUp(job.width, 2) - 1;
  ptrdiff_t pair = job.begin / 2;
  __m512 next = bias;  // of a pair's first output, what the pair before it gives
  if (pair > 0) next = PairColumns(job, pair - 1).AddToRight(bias, filter);
  __m512 second = bias;
  float* output = job.output;
  int x = job.begin;
  for (; x < job.end; x += 2, ++pair, output += 2 * kBlockChannels) {
    const PairColumns columns(job, pair);
    if (x > job.begin) StoreFiltered(columns.AddToLeft(second, filter), output - kBlockChannels);
    StoreFiltered(columns.Add(next, filter.to_first), output);
    second = columns.Add(bias, filter.to_second);
    next = columns.AddToRight(bias, filter);
  }
  if (x > job.end) return;  // an odd number
  if (pair <= last) second = PairColumns(job, pair).AddToLeft(second, filter);
  StoreFiltered(second, output - kBlockChannels);
}

MOUTHPIECE_VNNI_BF16 void FilterRow2(const FilteredRow& job) {
  __m512i weights[3][2];
  for (int y = 0; y < 3; ++y) {
    weights[y][0] = LoadPairs(job.weights + (y * kPairWeights + kToRight) * kPair);
    weights[y][1] = LoadPairs(job.weights + (y * kPairWeights + kToFirst) * kPair);
  }
  const __m512 bias = _mm512_loadu_ps(job.bias);
  float* output = job.output;
  for (int x = job.begin; x < job.end; ++x) {
    __m512 sum = bias;
    for (int y = 0; y < 3; ++y) {
      const BFloat16* row = job.rows[y] + x * kPair;
      if (x > 0) sum = DotProducts::Add(sum, LoadPairs(row - kPair), weights[y][0]);
      sum = DotProducts::Add(sum, LoadPairs(row), weights[y][1]);
    }
    StoreFiltered(sum, output);
    output += kBlockChannels;
  }
}

void Depthwise(const FilteredRow& job) {
  if (job.stride == 1) {
    FilterRow1(job);
  } else {
    FilterRow2(job);
  }
}

}  // namespace

void UseAvx512Depthwise(Kernels<Int8>& kernels) { kernels.depthwise = Depthwise; }

}  // namespace mouthpiece::fused

#else

namespace mouthpiece::fused {

void UseAvx512Depthwise(Kernels<Int8>&) {}

}  // namespace mouthpiece::fused

#endif
