#include "infer/fused/amx_kernels.h"

#include "infer/fused/highway_kernels.h"

#if defined(__x86_64__) && defined(__linux__)

#include <immintrin.h>

// GCC's headers begin some instructions with a value that is undefined on purpose.
#ifndef __clang__
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif

// On the functions that need them and not on the file: nothing else may come to use instructions
// that the machine lacks.
#define MOUTHPIECE_AMX \
  __attribute__((target("amx-tile,amx-bf16,avx512f,avx512bw,avx512vl,avx512fp16")))

namespace mouthpiece::fused {
namespace {

// A tile is 16 rows of 64 bytes: 16 pixels x 32 channels, or 16 pairs of channels x 16 outputs, or
// 16 pixels x 16 sums.
struct TileShapes {
  uint8_t palette = 1;
  uint8_t start_row = 0;
  uint8_t reserved[14] = {};
  uint16_t bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
  uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
};

constexpr ptrdiff_t kOperandTile = 512;  // values
constexpr ptrdiff_t kSumTile = 256;
constexpr int kTilePixels = 16;

constexpr ptrdiff_t Bytes(ptrdiff_t values) { return values * ptrdiff_t{sizeof(BFloat16)}; }

/// Of all sources, in tiles.
template <typename Result>
ptrdiff_t Depth(const Product<BFloat16, Result>& job) {
  ptrdiff_t depth = 0;
  for (int s = 0; s < job.source_count; ++s) {
    depth += DivideUp(job.sources[s].channels, kDepthChannels);
  }
  return depth;
}

// Sums of up to 32 pixels x 32 outputs, left in tiles 0 to 3; operands pass through 4 and 5,
// weights through 6 and 7.
template <bool kTwoRows, bool kTwoColumns, typename Result>
MOUTHPIECE_AMX inline void SumTiles(const Product<BFloat16, Result>& job, ptrdiff_t pixel,
                                    ptrdiff_t block, ptrdiff_t depth) {
  const float* bias = job.bias + block * kBlockChannels;
  _tile_loadd(0, bias, 0);  // a stride of zero: the same row 16 times
  if constexpr (kTwoColumns) _tile_loadd(1, bias + kBlockChannels, 0);
  if constexpr (kTwoRows) _tile_loadd(2, bias, 0);
  if constexpr (kTwoRows && kTwoColumns) _tile_loadd(3, bias + kBlockChannels, 0);
  const BFloat16* weights = job.weights + block * depth * kOperandTile;
  for (int s = 0; s < job.source_count; ++s) {
    const Operand<BFloat16>& source = job.sources[s];
    const BFloat16* operand = source.data + pixel * source.pixel_stride;
    const ptrdiff_t stride = Bytes(source.pixel_stride);
    for (int done = 0; done < source.channels; done += kDepthChannels) {
      _tile_loadd(6, weights, 64);
      _tile_loadd(4, operand, stride);
      _tile_dpbf16ps(0, 4, 6);
      if constexpr (kTwoColumns) {
        _tile_loadd(7, weights + depth * kOperandTile, 64);
        _tile_dpbf16ps(1, 4, 7);
      }
      if constexpr (kTwoRows) {
        _tile_loadd(5, operand + kTilePixels * source.pixel_stride, stride);
        _tile_dpbf16ps(2, 5, 6);
        if constexpr (kTwoColumns) _tile_dpbf16ps(3, 5, 7);
      }
      operand += source.block_stride;
      weights += kOperandTile;
    }
  }
}

/// Leaves the sums as they are.
class FloatResult {
 public:
  MOUTHPIECE_AMX explicit FloatResult(const Product<BFloat16>& job) : job_(job) {}

  template <bool kTwoRows, bool kTwoColumns>
  MOUTHPIECE_AMX void Store(ptrdiff_t pixel, ptrdiff_t block) {
    float* result = job_.result + block * job_.result_stride + pixel * kBlockChannels;
    _tile_stored(0, result, 64);
    if constexpr (kTwoColumns) _tile_stored(1, result + job_.result_stride, 64);
    result += kSumTile;
    if constexpr (kTwoRows) _tile_stored(2, result, 64);
    if constexpr (kTwoRows && kTwoColumns) _tile_stored(3, result + job_.result_stride, 64);
  }

  MOUTHPIECE_AMX void Finish() {}

 private:
  const Product<BFloat16>& job_;
};

/// 16 pixels of two tiles, one behind the other, as 32 half floats each, from 0 to the largest.
MOUTHPIECE_AMX inline void StoreHalves(const float* sums, Half* result) {
  const __m512h zero = _mm512_setzero_ph();
  const __m512h most = _mm512_castsi512_ph(_mm512_set1_epi16(0x7BFF));
  for (int p = 0; p < kTilePixels; ++p) {
    const __m256h low = _mm512_cvtxps_ph(_mm512_load_ps(sums + p * kBlockChannels));
    const __m256h high = _mm512_cvtxps_ph(_mm512_load_ps(sums + kSumTile + p * kBlockChannels));
    const __m512i both = _mm512_inserti64x4(_mm512_zextsi256_si512(_mm256_castph_si256(low)),
                                            _mm256_castph_si256(high), 1);
    const __m512h value = _mm512_min_ph(_mm512_max_ph(_mm512_castsi512_ph(both), zero), most);
    _mm512_storeu_si512(result + p * kDepthChannels, _mm512_castph_si512(value));
  }
}

/// Makes half floats of the sums' ReLU. Two blocks of 16 channels are one of 32. Each group of
/// tiles is converted while the next one is being summed: the two use different units.
class HalfResult {
 public:
  MOUTHPIECE_AMX explicit HalfResult(const Product<BFloat16, Half>& job) : job_(job) {}

  template <bool kTwoRows, bool kTwoColumns>
  MOUTHPIECE_AMX void Store(ptrdiff_t pixel, ptrdiff_t block) {
    static_assert(kTwoColumns);
    Finish();
    float* sums = sums_[turn_ ^= 1];
    _tile_stored(0, sums, 64);
    _tile_stored(1, sums + kSumTile, 64);
    if constexpr (kTwoRows) {
      _tile_stored(2, sums + 2 * kSumTile, 64);
      _tile_stored(3, sums + 3 * kSumTile, 64);
    }
    two_rows_ = kTwoRows;
    result_ = job_.result + block / 2 * job_.result_stride + pixel * kDepthChannels;
  }

  MOUTHPIECE_AMX void Finish() {
    if (result_ == nullptr) return;
    const float* sums = sums_[turn_];
    StoreHalves(sums, result_);
    if (two_rows_) StoreHalves(sums + 2 * kSumTile, result_ + kTilePixels * kDepthChannels);
    result_ = nullptr;
  }

 private:
  const Product<BFloat16, Half>& job_;
  alignas(64) float sums_[2][4 * kSumTile];
  int turn_ = 0;
  bool two_rows_ = false;
  Half* result_ = nullptr;  ///< Where the stored sums go
};

template <bool kTwoColumns, typename Job, typename Result>
MOUTHPIECE_AMX void MultiplyColumns(const Job& job, ptrdiff_t begin, ptrdiff_t end, ptrdiff_t block,
                                    ptrdiff_t depth, Result& result) {
  ptrdiff_t p = begin;
  for (; p + kTilePixels < end; p += 2 * kTilePixels) {
    SumTiles<true, kTwoColumns>(job, p, block, depth);
    result.template Store<true, kTwoColumns>(p, block);
  }
  if (p < end) {
    SumTiles<false, kTwoColumns>(job, p, block, depth);
    result.template Store<false, kTwoColumns>(p, block);
  }
}

/// Pixels whose operands stay in the first-level cache while all outputs pass.
ptrdiff_t StripPixels(ptrdiff_t depth) {
  constexpr ptrdiff_t kStripBytes = 32 << 10;
  constexpr ptrdiff_t kStep = 2 * kTilePixels;
  const ptrdiff_t pixels = kStripBytes / (depth * Bytes(kDepthChannels)) / kStep * kStep;
  return pixels < 2 * kStep ? 2 * kStep : pixels;
}

MOUTHPIECE_AMX void Multiply(const Product<BFloat16>& job) {
  const ptrdiff_t depth = Depth(job);
  const ptrdiff_t strip = StripPixels(depth);
  const ptrdiff_t blocks = job.outputs / kBlockChannels;
  FloatResult result(job);
  for (ptrdiff_t begin = 0; begin < job.pixels; begin += strip) {
    const ptrdiff_t end = begin + strip < job.pixels ? begin + strip : job.pixels;
    ptrdiff_t block = 0;
    for (; block + 1 < blocks; block += 2) {
      MultiplyColumns<true>(job, begin, end, block, depth, result);
    }
    if (block < blocks) MultiplyColumns<false>(job, begin, end, block, depth, result);
  }
}

MOUTHPIECE_AMX void Expand(const Product<BFloat16, Half>& job) {
  const ptrdiff_t depth = Depth(job);
  const ptrdiff_t strip = StripPixels(depth);
  const ptrdiff_t blocks = job.outputs / kBlockChannels;
  HalfResult result(job);
  for (ptrdiff_t begin = 0; begin < job.pixels; begin += strip) {
    const ptrdiff_t end = begin + strip < job.pixels ? begin + strip : job.pixels;
    for (ptrdiff_t block = 0; block < blocks; block += 2) {
      MultiplyColumns<true>(job, begin, end, block, depth, result);
    }
  }
  result.Finish();
}

// ---------------------------------------------------------------- depthwise

MOUTHPIECE_AMX inline __m512h LoadHalves(const Half* from) { return _mm512_loadu_ph(from); }

/// The ReLU of 32 half floats as bfloat16, halves rounded up. Both formats order their bits alike,
/// so that a shift and a new exponent bias do; what is too small for a normal half float is zero.
MOUTHPIECE_AMX inline void StoreRelu(__m512h value, BFloat16* to) {
  const __m512i bits = _mm512_castph_si512(_mm512_max_ph(value, _mm512_setzero_ph()));
  const __mmask32 normal = _mm512_cmpge_epu16_mask(bits, _mm512_set1_epi16(0x400));
  const __m512i shifted = _mm512_srli_epi16(_mm512_add_epi16(bits, _mm512_set1_epi16(4)), 3);
  constexpr int16_t kBias = (127 - 15) << 7;
  _mm512_storeu_si512(to, _mm512_maskz_add_epi16(normal, shifted, _mm512_set1_epi16(kBias)));
}

// Each column is read once and added to the three outputs that it touches.
MOUTHPIECE_AMX void DepthwiseRow1(const DepthwiseRow<BFloat16>& job) {
  __m512h weights[3][3];
  for (int y = 0; y < 3; ++y) {
    for (int x = 0; x < 3; ++x) {
      weights[y][x] = LoadHalves(job.weights + (y * 3 + x) * kDepthChannels);
    }
  }
  const __m512h bias = LoadHalves(job.bias);
  __m512h left = bias;  // output x - 1 at column x
  __m512h here = bias;  // output x
  for (int x = 0; x < job.width; ++x) {
    __m512h right = bias;
    for (int y = 0; y < 3; ++y) {
      const __m512h value = LoadHalves(job.rows[y] + x * kDepthChannels);
      left = _mm512_fmadd_ph(value, weights[y][2], left);
      here = _mm512_fmadd_ph(value, weights[y][1], here);
      right = _mm512_fmadd_ph(value, weights[y][0], right);
    }
    if (x > 0) StoreRelu(left, job.output + (x - 1) * job.output_stride);
    left = here;
    here = right;
  }
  StoreRelu(left, job.output + (job.width - 1) * job.output_stride);
}

MOUTHPIECE_AMX void DepthwiseRow2(const DepthwiseRow<BFloat16>& job) {
  __m512h weights[3][3];
  for (int y = 0; y < 3; ++y) {
    for (int x = 0; x < 3; ++x) {
      weights[y][x] = LoadHalves(job.weights + (y * 3 + x) * kDepthChannels);
    }
  }
  const __m512h bias = LoadHalves(job.bias);
  for (int x = 0; x < job.output_width; ++x) {
    __m512h sum = bias;
    for (int y = 0; y < 3; ++y) {
      const Half* row = job.rows[y] + 2 * x * kDepthChannels;
      if (x > 0) sum = _mm512_fmadd_ph(LoadHalves(row - kDepthChannels), weights[y][0], sum);
      sum = _mm512_fmadd_ph(LoadHalves(row), weights[y][1], sum);
      if (2 * x + 1 < job.width) {
        sum = _mm512_fmadd_ph(LoadHalves(row + kDepthChannels), weights[y][2], sum);
      }
    }
    StoreRelu(sum, job.output + x * job.output_stride);
  }
}

void Depthwise(const DepthwiseRow<BFloat16>& job) {
  if (job.stride == 1) {
    DepthwiseRow1(job);
  } else {
    DepthwiseRow2(job);
  }
}

MOUTHPIECE_AMX void ConfigureTiles() {
  // Static: the intrinsic does not tell the compiler that all of it is read.
  static constexpr TileShapes kShapes;
  _tile_loadconfig(&kShapes);
}

MOUTHPIECE_AMX void ReleaseTiles() { _tile_release(); }

}  // namespace

Kernels<BFloat16> AmxBFloat16Kernels() {
  Kernels<BFloat16> kernels = HighwayKernels<BFloat16>();
  kernels.name = "bf16 AMX";
  kernels.multiply = Multiply;
  kernels.expand = Expand;
  kernels.depthwise = Depthwise;
  kernels.double_sums = nullptr;
  kernels.enter = ConfigureTiles;
  kernels.leave = ReleaseTiles;
  return kernels;
}

}  // namespace mouthpiece::fused

#else

namespace mouthpiece::fused {

Kernels<BFloat16> AmxBFloat16Kernels() { return HighwayKernels<BFloat16>(); }

}  // namespace mouthpiece::fused

#endif
