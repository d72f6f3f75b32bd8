#include "infer/fused/int8_avx2_kernels.h"

#if defined(__x86_64__)

#include "infer/fused/int8_avx2_target.h"

namespace mouthpiece::fused {
namespace {

constexpr int kLanes = 8;
constexpr ptrdiff_t kPair = ptrdiff_t{kBlockChannels} * 2;

/// Two columns of eight channels.
struct Columns {
  __m256 first;
  __m256 second;
};

MOUTHPIECE_AVX2_INLINE Columns LoadPair(const BFloat16* from) {
  const __m256i bits = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from));
  const __m256i upper = _mm256_set1_epi32(static_cast<int>(0xFFFF0000));
  return {_mm256_castsi256_ps(_mm256_slli_epi32(bits, 16)),
          _mm256_castsi256_ps(_mm256_and_si256(bits, upper))};
}

/// Eight channels of a row of a block, and where their results go.
struct Lanes {
  const BFloat16* rows[3];
  __m256 left[3];  ///< Weights of three rows
  __m256 middle[3];
  __m256 right[3];
  __m256 bias;
  float* output;

  MOUTHPIECE_AVX2_INLINE Lanes(const FilteredRow& job, int lane)
      : bias(_mm256_loadu_ps(job.bias + lane)), output(job.output + lane) {
    for (int y = 0; y < 3; ++y) {
      rows[y] = job.rows[y] + ptrdiff_t{2} * lane;
      const BFloat16* weights =
          job.weights + ptrdiff_t{y} * kPairWeights * kPair + ptrdiff_t{2} * lane;
      const Columns first = LoadPair(weights + kToFirst * kPair);
      middle[y] = first.first;
      right[y] = first.second;
      left[y] = LoadPair(weights + kToRight * kPair).second;
    }
  }

  /// The ReLU of the next output's sum.
  MOUTHPIECE_AVX2_INLINE void Store(__m256 sum) {
    _mm256_storeu_ps(output, _mm256_max_ps(sum, _mm256_setzero_ps()));
    output += kBlockChannels;
  }
};

/// Each pair of columns is read once and added to the four outputs that it touches.
MOUTHPIECE_AVX2_INLINE void FilterRow1(const FilteredRow& job, int lane) {
  Lanes lanes(job, lane);
  const ptrdiff_t pairs = DivideUp(job.width, 2);
  ptrdiff_t pair = job.begin / 2;
  __m256 next = lanes.bias;  // of the next pair's first output, what this one gives
  if (pair > 0) {
    for (int y = 0; y < 3; ++y) {
      next =
          _mm256_fmadd_ps(LoadPair(lanes.rows[y] + (pair - 1) * kPair).second, lanes.left[y], next);
    }
  }
  __m256 left = lanes.bias;  // of the output left of the next pair
  const auto add = [&](ptrdiff_t at, __m256 & first)
      __attribute__((target("avx2,fma"), always_inline)) {
    __m256 sums[2] = {_mm256_setzero_ps(), _mm256_setzero_ps()};
    __m256 second = lanes.bias;
    first = next;
    next = lanes.bias;
    for (int y = 0; y < 3; ++y) {
      const Columns columns = LoadPair(lanes.rows[y] + at * kPair);
      left = _mm256_fmadd_ps(columns.first, lanes.right[y], left);
      first = _mm256_fmadd_ps(columns.first, lanes.middle[y], first);
      second = _mm256_fmadd_ps(columns.first, lanes.left[y], second);
      sums[0] = y == 0 ? _mm256_mul_ps(columns.second, lanes.right[y])
                       : _mm256_fmadd_ps(columns.second, lanes.right[y], sums[0]);
      sums[1] = y == 0 ? _mm256_mul_ps(columns.second, lanes.middle[y])
                       : _mm256_fmadd_ps(columns.second, lanes.middle[y], sums[1]);
      next = _mm256_fmadd_ps(columns.second, lanes.left[y], next);
    }
    first = _mm256_add_ps(first, sums[0]);
    return _mm256_add_ps(second, sums[1]);
  };
  __m256 first;
  __m256 second = add(pair, first);
  lanes.Store(first);
  left = second;
  int x = job.begin + 1;
  for (; x + 1 < job.end; x += 2) {
    second = add(++pair, first);
    lanes.Store(left);
    lanes.Store(first);
    left = second;
  }
  if (x == job.end) return;
  if (pair + 1 < pairs) {
    for (int y = 0; y < 3; ++y) {
      left =
          _mm256_fmadd_ps(LoadPair(lanes.rows[y] + (pair + 1) * kPair).first, lanes.right[y], left);
    }
  }
  lanes.Store(left);
}

MOUTHPIECE_AVX2_INLINE void FilterRow2(const FilteredRow& job, int lane) {
  Lanes lanes(job, lane);
  __m256 before[3];  // the columns left of the next output's
  for (int y = 0; y < 3; ++y) {
    before[y] = job.begin > 0 ? LoadPair(lanes.rows[y] + (job.begin - 1) * kPair).second
                              : _mm256_setzero_ps();
  }
  for (ptrdiff_t x = job.begin; x < job.end; ++x) {
    __m256 sum = lanes.bias;
    __m256 others = _mm256_setzero_ps();
    for (int y = 0; y < 3; ++y) {
      const Columns columns = LoadPair(lanes.rows[y] + x * kPair);
      sum = _mm256_fmadd_ps(before[y], lanes.left[y], sum);
      others = _mm256_fmadd_ps(columns.first, lanes.middle[y], others);
      sum = _mm256_fmadd_ps(columns.second, lanes.right[y], sum);
      before[y] = columns.second;
    }
    lanes.Store(_mm256_add_ps(sum, others));
  }
}

MOUTHPIECE_AVX2 void Depthwise(const FilteredRow& job) {
  for (int lane = 0; lane < kBlockChannels; lane += kLanes) {
    if (job.stride == 1) {
      FilterRow1(job, lane);
    } else {
      FilterRow2(job, lane);
    }
  }
}

}  // namespace

void UseAvx2Depthwise(Kernels<Int8>& kernels) { kernels.depthwise = Depthwise; }

}  // namespace mouthpiece::fused

#else

namespace mouthpiece::fused {

void UseAvx2Depthwise(Kernels<Int8>&) {}

}  // namespace mouthpiece::fused

#endif
