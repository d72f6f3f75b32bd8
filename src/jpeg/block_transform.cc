#include "jpeg/block_transform.h"

#include <algorithm>
#include <cstring>

#include "base/dispatch.h"
#include "jpeg/dct_weights.h"

// The kernels count on vectors whose size is known when compiling.
#undef HWY_DISABLED_TARGETS
#define HWY_DISABLED_TARGETS (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "jpeg/block_transform.cc"
#include "hwy/foreach_target.h"  // must come before highway.h
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace mouthpiece {
namespace HWY_NAMESPACE {

#if HWY_TARGET == HWY_SCALAR  // no vectors at all: nothing to gain over the reference

void Transform(const ConstPlane& plane, const QuantTable& table, CoefficientRow& target) {
  TransformBlocksReference(plane, table, target);
}

#else

namespace {

namespace hn = hwy::HWY_NAMESPACE;

// Eight lanes, the 128-bit blocks of Highway, hold eight neighbours of one block of samples.
using D16 = hn::ScalableTag<int16_t>;
using D32 = hn::ScalableTag<int32_t>;
using DU16 = hn::ScalableTag<uint16_t>;
using V16 = hn::Vec<D16>;
using V32 = hn::Vec<D32>;
constexpr int kLanes = static_cast<int>(hn::MaxLanes(D16()));

// Two vectors of equal lanes, interleaved: the pairs that products are summed over.
struct Interleaved {
  V16 low, high;
};

HWY_INLINE Interleaved Interleave(V16 even, V16 odd) {
  const D16 d;
  return {hn::InterleaveLower(d, even, odd), hn::InterleaveUpper(d, even, odd)};
}

// The rounded sums of pairs of products.
template <int kShift>
HWY_INLINE V32 Sums(V16 a, V16 a_weights, V16 b, V16 b_weights) {
  const D32 d32;
  V32 odd = hn::Zero(d32);
  V32 even = hn::Set(d32, 1 << (kShift - 1));
  even = hn::ReorderWidenMulAccumulate(d32, a, a_weights, even, odd);
  even = hn::ReorderWidenMulAccumulate(d32, b, b_weights, even, odd);
  return hn::ShiftRight<kShift>(hn::RearrangeToOddPlusEven(even, odd));
}

template <int kShift>
HWY_INLINE V32 Sums(V16 a, V16 weights) {
  const D32 d32;
  V32 odd = hn::Zero(d32);
  V32 even = hn::Set(d32, 1 << (kShift - 1));
  even = hn::ReorderWidenMulAccumulate(d32, a, weights, even, odd);
  return hn::ShiftRight<kShift>(hn::RearrangeToOddPlusEven(even, odd));
}

HWY_INLINE V16 WeightPair(const int16_t* pair) {
  const D16 d;
  return hn::OddEven(hn::Set(d, pair[1]), hn::Set(d, pair[0]));
}

// One pass over eight vectors in place, the first (kFirst) or the second one.
template <bool kFirst>
HWY_INLINE void Pass(V16 (&v)[kBlockSize]) {
  constexpr int kShift = kFirst ? kWeightBits - kPassBits : kWeightBits + kPassBits;
  const D16 d;
  const V16 sum0 = hn::Add(v[0], v[7]), difference0 = hn::Sub(v[0], v[7]);
  const V16 sum1 = hn::Add(v[1], v[6]), difference1 = hn::Sub(v[1], v[6]);
  const V16 sum2 = hn::Add(v[2], v[5]), difference2 = hn::Sub(v[2], v[5]);
  const V16 sum3 = hn::Add(v[3], v[4]), difference3 = hn::Sub(v[3], v[4]);

  const V16 outer = hn::Add(sum0, sum3), inner = hn::Add(sum1, sum2);
  if constexpr (kFirst) {
    v[0] = hn::ShiftLeft<kPassBits>(hn::Add(outer, inner));
    v[4] = hn::ShiftLeft<kPassBits>(hn::Sub(outer, inner));
  } else {
    const V16 half = hn::Set(d, 1 << (kPassBits - 1));
    v[0] = hn::ShiftRight<kPassBits>(hn::Add(hn::Add(outer, inner), half));
    v[4] = hn::ShiftRight<kPassBits>(hn::Add(hn::Sub(outer, inner), half));
  }
  const Interleaved even = Interleave(hn::Sub(sum0, sum3), hn::Sub(sum1, sum2));
  for (int i = 0; i < 2; ++i) {
    const V16 weights = WeightPair(kEvenWeights[i]);
    v[2 + 4 * i] =
        hn::ReorderDemote2To(d, Sums<kShift>(even.low, weights), Sums<kShift>(even.high, weights));
  }
  const Interleaved a = Interleave(difference0, difference1);
  const Interleaved b = Interleave(difference2, difference3);
  for (int i = 0; i < 4; ++i) {
    const V16 a_weights = WeightPair(kOddWeights[i]), b_weights = WeightPair(kOddWeights[i] + 2);
    v[1 + 2 * i] = hn::ReorderDemote2To(d, Sums<kShift>(a.low, a_weights, b.low, b_weights),
                                        Sums<kShift>(a.high, a_weights, b.high, b_weights));
  }
}

// Exchanges rows and columns: each round turns the six bits of vector and lane by one.
HWY_INLINE void Transpose(V16 (&v)[kBlockSize]) {
  for (int round = 0; round < 3; ++round) {
    V16 next[kBlockSize];
    for (int i = 0; i < 4; ++i) {
      const Interleaved pair = Interleave(v[i], v[i + 4]);
      next[2 * i] = pair.low;
      next[2 * i + 1] = pair.high;
    }
    for (int i = 0; i < kBlockSize; ++i) v[i] = next[i];
  }
}

HWY_INLINE V16 Divide(V16 v, const QuantTable& table, int row) {
  const D16 d;
  const DU16 du;
  const auto dividend = [&](const uint16_t* values) {
    return hn::LoadDup128(du, values + row * kBlockSize);
  };
  const V16 sign = hn::ShiftRight<15>(v);
  const hn::Vec<DU16> size = hn::BitCast(du, hn::Sub(hn::Xor(v, sign), sign));
  const hn::Vec<DU16> product =
      hn::MulHigh(hn::Add(size, dividend(table.correction)), dividend(table.reciprocal));
  const V16 quotient = hn::BitCast(d, hn::MulHigh(product, dividend(table.scale)));
  return hn::Sub(hn::Xor(quotient, sign), sign);
}

// The blocks in kLanes columns from `x` on.
HWY_INLINE void TransformColumns(const uint8_t* const (&rows)[kBlockSize], const QuantTable& table,
                                 int x, CoefficientRow& target) {
  const D16 d;
  const hn::Rebind<uint8_t, D16> d8;
  V16 v[kBlockSize];
  for (int y = 0; y < kBlockSize; ++y) {
    v[y] = hn::Sub(hn::PromoteTo(d, hn::LoadU(d8, rows[y])), hn::Set(d, 128));
  }
  Transpose(v);
  Pass<true>(v);
  Transpose(v);
  Pass<false>(v);
  for (int y = 0; y < kBlockSize; ++y) {
    const V16 quantised = Divide(v[y], table, y);
    hn::StoreU(quantised, d, target.row(y) + x);
    hn::StoreMaskBits(d, hn::Ne(quantised, hn::Zero(d)), target.nonzero(y) + x / kBlockSize);
  }
}

}  // namespace

void Transform(const ConstPlane& plane, const QuantTable& table, CoefficientRow& target) {
  target.Resize((plane.width + kBlockSize - 1) / kBlockSize);
  const uint8_t* rows[kBlockSize];
  for (int y = 0; y < kBlockSize; ++y) rows[y] = plane.row(std::min(y, plane.height - 1));
  int x = 0;
  for (; x + kLanes <= plane.width; x += kLanes) {
    TransformColumns(rows, table, x, target);
    for (const uint8_t*& row : rows) row += kLanes;
  }
  if (x == plane.width) return;
  uint8_t last[kBlockSize][kLanes];
  const auto count = static_cast<size_t>(plane.width - x);
  for (int y = 0; y < kBlockSize; ++y) {
    std::memcpy(last[y], rows[y], count);
    std::memset(last[y] + count, rows[y][count - 1], static_cast<size_t>(kLanes) - count);
    rows[y] = last[y];
  }
  TransformColumns(rows, table, x, target);
}

#endif  // HWY_TARGET == HWY_SCALAR

}  // namespace HWY_NAMESPACE
}  // namespace mouthpiece
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace mouthpiece {

HWY_EXPORT(Transform);

void TransformBlocks(const ConstPlane& plane, const QuantTable& table, CoefficientRow& target) {
  MOUTHPIECE_DISPATCH(Transform)(plane, table, target);
}

}  // namespace mouthpiece
#endif  // HWY_ONCE
