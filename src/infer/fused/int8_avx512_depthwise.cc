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

// Each pair of columns is read once and added to the four outputs that it touches.
MOUTHPIECE_VNNI_BF16 void FilterRow1(const FilteredRow& job) {
  __m512i weights[3][kPairWeights];
  for (int y = 0; y < 3; ++y) {
    for (int k = 0; k < kPairWeights; ++k) {
      weights[y][k] = LoadPairs(job.weights + (y * kPairWeights + k) * kPair);
    }
  }
  const __m512 bias = _mm512_loadu_ps(job.bias);
  const ptrdiff_t last = DivideUp(job.width, 2) - 1;
  ptrdiff_t pair = job.begin / 2;
  __m512 first = bias;  // of the pair's two outputs, what the pair before it gives
  if (pair > 0) {
    for (int y = 0; y < 3; ++y) {
      first = DotProducts::Add(first, LoadPairs(job.rows[y] + (pair - 1) * kPair),
                               weights[y][kToRight]);
    }
  }
  __m512 second = bias;
  __m512 next = bias;
  for (int y = 0; y < 3; ++y) {
    const __m512i columns = LoadPairs(job.rows[y] + pair * kPair);
    first = DotProducts::Add(first, columns, weights[y][kToFirst]);
    second = DotProducts::Add(second, columns, weights[y][kToSecond]);
    next = DotProducts::Add(next, columns, weights[y][kToRight]);
  }
  float* output = job.output;
  StoreFiltered(first, output);
  int x = job.begin + 1;
  for (; x + 1 < job.end; x += 2) {
    ++pair;
    __m512 left = second;
    first = next;
    second = bias;
    next = bias;
    for (int y = 0; y < 3; ++y) {
      const __m512i columns = LoadPairs(job.rows[y] + pair * kPair);
      left = DotProducts::Add(left, columns, weights[y][kToLeft]);
      first = DotProducts::Add(first, columns, weights[y][kToFirst]);
      second = DotProducts::Add(second, columns, weights[y][kToSecond]);
      next = DotProducts::Add(next, columns, weights[y][kToRight]);
    }
    output += kBlockChannels;
    StoreFiltered(left, output);
    output += kBlockChannels;
    StoreFiltered(first, output);
  }
  if (x == job.end) return;
  if (pair < last) {
    for (int y = 0; y < 3; ++y) {
      second = DotProducts::Add(second, LoadPairs(job.rows[y] + (pair + 1) * kPair),
                                weights[y][kToLeft]);
    }
  }
  StoreFiltered(second, output + kBlockChannels);
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
