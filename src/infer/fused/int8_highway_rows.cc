#include <cstring>

#include "base/dispatch.h"
#include "infer/fused/int8_highway_kernels.h"

// Blocks of 16 channels are whole vectors on every target named here.
#undef HWY_DISABLED_TARGETS
#define HWY_DISABLED_TARGETS (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "infer/fused/int8_highway_rows.cc"
#include "hwy/foreach_target.h"  // must come before highway.h
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace mouthpiece::fused {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

using D = hn::CappedTag<float, kBlockChannels>;
using V = hn::Vec<D>;
using D32 = hn::RebindToSigned<D>;
using DU32 = hn::RebindToUnsigned<D>;
using DHalf = hn::Rebind<uint16_t, D>;
using D8 = hn::Rebind<uint8_t, D>;
constexpr int kLanes = static_cast<int>(hn::MaxLanes(D()));

// ---------------------------------------------------------------- depthwise

constexpr ptrdiff_t kPair = ptrdiff_t{kBlockChannels} * 2;

struct Columns {
  V first;
  V second;
};

HWY_INLINE Columns LoadPair(const BFloat16* from) {
  const DU32 d;
  const auto bits = hn::LoadU(d, reinterpret_cast<const uint32_t*>(from));
  return {hn::BitCast(D(), hn::ShiftLeft<16>(bits)),
          hn::BitCast(D(), hn::And(bits, hn::Set(d, 0xFFFF0000)))};
}

/// The three weights of each of three rows.
struct RowWeights {
  V left[3];
  V middle[3];
  V right[3];

  HWY_INLINE RowWeights(const FilteredRow& job, int lane) {
    for (int y = 0; y < 3; ++y) {
      const BFloat16* row = job.weights + ptrdiff_t{y} * kPairWeights * kPair + ptrdiff_t{2} * lane;
      const Columns first = LoadPair(row + kToFirst * kPair);
      middle[y] = first.first;
      right[y] = first.second;
      left[y] = LoadPair(row + kToRight * kPair).second;
    }
  }
};

/// The ReLU of a sum.
HWY_INLINE void StoreFiltered(const FilteredRow& job, V sum, int x, int lane) {
  const ptrdiff_t place = ptrdiff_t{x - job.begin} * kBlockChannels + lane;
  hn::StoreU(hn::Max(sum, hn::Zero(D())), D(), job.output + place);
}

HWY_INLINE Columns LoadPair(const FilteredRow& job, int y, int pair, int lane) {
  return LoadPair(job.rows[y] + pair * kPair + ptrdiff_t{2} * lane);
}

// Each pair of columns is read once and added to the four outputs that it touches.
HWY_INLINE void FilterRow1(const FilteredRow& job, int lane) {
  const RowWeights weights(job, lane);
  const V bias = hn::LoadU(D(), job.bias + lane);
  const int pairs = DivideUp(job.width, 2);
  V first = bias;  // of the pair's two outputs, what the pair before it gives
  if (job.begin > 0) {
    for (int y = 0; y < 3; ++y) {
      first = hn::MulAdd(LoadPair(job, y, job.begin / 2 - 1, lane).second, weights.left[y], first);
    }
  }
  V left = bias;  // of the output left of the pair
  for (int pair = job.begin / 2; pair < pairs; ++pair) {
    V second = bias;
    V next = bias;
    for (int y = 0; y < 3; ++y) {
      const Columns columns = LoadPair(job, y, pair, lane);
      left = hn::MulAdd(columns.first, weights.right[y], left);
      first = hn::MulAdd(columns.first, weights.middle[y], first);
      second = hn::MulAdd(columns.first, weights.left[y], second);
      first = hn::MulAdd(columns.second, weights.right[y], first);
      second = hn::MulAdd(columns.second, weights.middle[y], second);
      next = hn::MulAdd(columns.second, weights.left[y], next);
    }
    const int x = 2 * pair;
    if (x > job.begin) StoreFiltered(job, left, x - 1, lane);
    if (x >= job.end) return;
    StoreFiltered(job, first, x, lane);
    left = second;
    first = next;
  }
  if (2 * pairs - 1 < job.end) StoreFiltered(job, left, 2 * pairs - 1, lane);
}

HWY_INLINE void FilterRow2(const FilteredRow& job, int lane) {
  const RowWeights weights(job, lane);
  const V bias = hn::LoadU(D(), job.bias + lane);
  for (int x = job.begin; x < job.end; ++x) {
    V sum = bias;
    for (int y = 0; y < 3; ++y) {
      if (x > 0) sum = hn::MulAdd(LoadPair(job, y, x - 1, lane).second, weights.left[y], sum);
      const Columns columns = LoadPair(job, y, x, lane);
      sum = hn::MulAdd(columns.first, weights.middle[y], sum);
      sum = hn::MulAdd(columns.second, weights.right[y], sum);
    }
    StoreFiltered(job, sum, x, lane);
  }
}

void Depthwise(const FilteredRow& job) {
  for (int lane = 0; lane < kBlockChannels; lane += kLanes) {
    if (job.stride == 1) {
      FilterRow1(job, lane);
    } else {
      FilterRow2(job, lane);
    }
  }
}

// ---------------------------------------------------------------- to bytes

HWY_INLINE V LoadValues(const BFloat16* from) {
  const auto bits = hn::LoadU(DHalf(), reinterpret_cast<const uint16_t*>(from));
  return hn::BitCast(D(), hn::ShiftLeft<16>(hn::PromoteTo(DU32(), bits)));
}

/// To the nearest, halves to even.
HWY_INLINE void StoreValues(V value, BFloat16* to) {
  const DU32 d;
  const auto bits = hn::BitCast(d, value);
  const auto odd = hn::And(hn::ShiftRight<16>(bits), hn::Set(d, 1));
  const auto rounded = hn::Add(bits, hn::Add(odd, hn::Set(d, 0x7FFF)));
  hn::StoreU(hn::DemoteTo(DHalf(), hn::BitCast(D32(), hn::ShiftRight<16>(rounded))), DHalf(),
             reinterpret_cast<uint16_t*>(to));
}

/// What makes bytes of one pixel's values, and their scale.
template <bool kSigned>
class PixelRange {
 public:
  HWY_INLINE PixelRange() : lanes_(hn::Zero(D())) {}

  HWY_INLINE void Add(V value) { lanes_ = hn::Max(lanes_, hn::Abs(value)); }

  HWY_INLINE void Finish() {
    largest_ = hn::GetLane(hn::MaxOfLanes(D(), lanes_));
    inverse_ = largest_ > kLeastRange ? ByteSteps(kSigned) / largest_ : 0;
  }

  float scale() const { return largest_ > kLeastRange ? largest_ * ByteStep(kSigned) : 0; }

  HWY_INLINE void Store(V value, uint8_t* bytes) const {
    const D d;
    const auto steps = hn::NearestInt(hn::Mul(value, hn::Set(d, inverse_)));
    const auto zero = hn::Set(D32(), kSigned ? kSignedZero : 0);
    hn::StoreU(hn::DemoteTo(D8(), hn::Add(steps, zero)), D8(), bytes);
  }

 private:
  V lanes_;
  float largest_ = 0;
  float inverse_ = 0;
};

void Compress(const Compression& job) {
  for (int p = 0; p < job.pixels; ++p) {
    const auto values = [&](int c) {
      return hn::LoadU(D(), job.values + c / kBlockChannels * job.values_stride +
                                ptrdiff_t{p} * kBlockChannels + c % kBlockChannels);
    };
    PixelRange<false> range;
    for (int c = 0; c < job.channels; c += kLanes) range.Add(values(c));
    range.Finish();
    job.scales[p] = range.scale();
    for (int c = 0; c < job.channels; c += kLanes) {
      range.Store(values(c), job.bytes + ptrdiff_t{p} * job.channels + c);
    }
  }
}

template <bool kRelu>
void FinishPixels(const ByteFinish& job) {
  for (int p = 0; p < job.pixels; ++p) {
    const ptrdiff_t pixel = ptrdiff_t{p} * job.channels;
    const auto product = [&](int c) {
      return job.product + c / kBlockChannels * job.product_stride + ptrdiff_t{p} * kBlockChannels +
             c % kBlockChannels;
    };
    PixelRange<!kRelu> range;
    for (int c = 0; c < job.channels; c += kLanes) {
      V value = hn::LoadU(D(), product(c));
      if (job.residual != nullptr) value = hn::Add(value, LoadValues(job.residual + pixel + c));
      if (kRelu) value = hn::Max(value, hn::Zero(D()));
      if (job.values != nullptr) StoreValues(value, job.values + pixel + c);
      hn::StoreU(value, D(), product(c));
      range.Add(value);
    }
    if (job.bytes == nullptr) continue;
    range.Finish();
    job.scales[p] = range.scale();
    for (int c = 0; c < job.channels; c += kLanes) {
      range.Store(hn::LoadU(D(), product(c)), job.bytes + pixel + c);
    }
  }
}

void FinishProduct(const ByteFinish& job) {
  if (job.relu) {
    FinishPixels<true>(job);
  } else {
    FinishPixels<false>(job);
  }
}

template <bool kSigned>
void QuantizePixels(const Quantization& job) {
  for (int p = 0; p < job.pixels; ++p) {
    PixelRange<kSigned> range;
    for (int s = 0; s < 2; ++s) {
      const BFloat16* source = job.sources[s] + ptrdiff_t{p} * job.channels[s];
      for (int c = 0; c < job.channels[s]; c += kLanes) range.Add(LoadValues(source + c));
    }
    range.Finish();
    job.scales[p] = range.scale();
    uint8_t* bytes = job.bytes + ptrdiff_t{p} * (job.channels[0] + job.channels[1]);
    for (int s = 0; s < 2; ++s) {
      const BFloat16* source = job.sources[s] + ptrdiff_t{p} * job.channels[s];
      for (int c = 0; c < job.channels[s]; c += kLanes, bytes += kLanes) {
        range.Store(LoadValues(source + c), bytes);
      }
    }
  }
}

void Quantize(const Quantization& job) {
  if (job.is_signed) {
    QuantizePixels<true>(job);
  } else {
    QuantizePixels<false>(job);
  }
}

void Interleave(const uint8_t* planes, ptrdiff_t plane_stride, int pixels, uint8_t* output) {
  std::memset(output, 0, static_cast<size_t>(pixels) * kVisualChannels);
  for (int c = 0; c < 6; ++c) {
    for (int p = 0; p < pixels; ++p) {
      output[p * kVisualChannels + c] = planes[c * plane_stride + p];
    }
  }
}

}  // namespace

void FillInt8Rows(Kernels<Int8>& kernels) {
  kernels.depthwise = Depthwise;
  kernels.compress = Compress;
  kernels.finish = FinishProduct;
  kernels.quantize = Quantize;
  kernels.interleave = Interleave;
}

}  // namespace HWY_NAMESPACE
}  // namespace mouthpiece::fused
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace mouthpiece::fused {

HWY_EXPORT(FillInt8Rows);

void UseHighwayRows(Kernels<Int8>& kernels) { MOUTHPIECE_DISPATCH(FillInt8Rows)(kernels); }

}  // namespace mouthpiece::fused
#endif  // HWY_ONCE
