#include "image/color.h"

#include <algorithm>
#include <cstring>

#include "base/dispatch.h"

// The kernels count on vectors whose size is known when compiling.
#undef HWY_DISABLED_TARGETS
#define HWY_DISABLED_TARGETS (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "image/color.cc"
#include "hwy/foreach_target.h"  // must come before highway.h
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace mouthpiece {
namespace HWY_NAMESPACE {

#if HWY_TARGET == HWY_SCALAR  // no vectors at all: nothing to gain over the references

void ConvertYuvToBgr(ConstPictureView source, PictureView target, YuvMatrix matrix) {
  YuvToBgrReference(source, target, matrix);
}
void ExpandRange(ConstPictureView source, PictureView target) {
  LimitedToFullReference(source, target);
}

#else

namespace {

namespace hn = hwy::HWY_NAMESPACE;

// Pixels are handled in pairs of neighbours, as the low and the high byte of 16-bit lanes: a pair
// shares one chroma sample, so nothing has to be interleaved.
using D8 = hn::ScalableTag<uint8_t>;
using D16 = hn::ScalableTag<int16_t>;
using D32 = hn::ScalableTag<int32_t>;
using V8 = hn::Vec<D8>;
using V16 = hn::Vec<D16>;
using V32 = hn::Vec<D32>;
constexpr int kPairs = static_cast<int>(hn::MaxLanes(D16()));
constexpr int kPixels = 2 * kPairs;

struct Pairs {
  V16 low, high;
};

HWY_INLINE Pairs Split(V8 bytes) {
  const D16 d;
  const hn::RebindToUnsigned<D16> du;
  return {hn::And(hn::BitCast(d, bytes), hn::Set(d, 255)),
          hn::BitCast(d, hn::ShiftRight<8>(hn::BitCast(du, bytes)))};
}

HWY_INLINE V16 Clamp8(V16 v) {
  const D16 d;
  return hn::Min(hn::Max(v, hn::Zero(d)), hn::Set(d, 255));
}

HWY_INLINE V8 JoinClamped(Pairs v) {
  return hn::BitCast(D8(), hn::Or(Clamp8(v.low), hn::ShiftLeft<8>(Clamp8(v.high))));
}

// ---------------------------------------------------------------- YUV -> B, G, R

// What chroma adds to B, G and R; the same arithmetic as in the reference.
struct Offsets {
  V16 of[3];
};

// (low[2i] * a + low[2i+1] * b) with kBits fractional bits, rounded; then those of `high`.
template <int kBits>
HWY_INLINE V16 WeightedPairs(V16 low, V16 high, V16 weights) {
  const D16 d;
  const D32 d32;
  const V32 half = hn::Set(d32, 1 << (kBits - 1));
  V32 odd_low = hn::Zero(d32);
  V32 odd_high = hn::Zero(d32);
  const V32 even_low = hn::ReorderWidenMulAccumulate(d32, low, weights, hn::Zero(d32), odd_low);
  const V32 even_high = hn::ReorderWidenMulAccumulate(d32, high, weights, hn::Zero(d32), odd_high);
  const V32 sum_low = hn::Add(hn::RearrangeToOddPlusEven(even_low, odd_low), half);
  const V32 sum_high = hn::Add(hn::RearrangeToOddPlusEven(even_high, odd_high), half);
  return hn::ReorderDemote2To(d, hn::ShiftRight<kBits>(sum_low), hn::ShiftRight<kBits>(sum_high));
}

// Three ways of counting: OpenCV's of limited BT.601, JFIF's, and that of every other matrix, whose
// weights hold its range.
enum class Way { kOpenCv, kJfif, kLimited, kFull };

template <Way kWay>
HWY_INLINE Offsets ChromaOffsets(const uint8_t* u_samples, const uint8_t* v_samples,
                                 const ChromaWeights& weights) {
  const D16 d;
  const hn::Rebind<uint8_t, D16> d8;
  V16 u = hn::PromoteTo(d, hn::LoadU(d8, u_samples));
  V16 v = hn::PromoteTo(d, hn::LoadU(d8, v_samples));
  if constexpr (kWay == Way::kOpenCv) {
    const V16 bias = hn::Set(d, 1024);
    u = hn::Sub(hn::ShiftLeft<3>(u), bias);
    v = hn::Sub(hn::ShiftLeft<3>(v), bias);
    return {{hn::MulHigh(u, hn::Set(d, 16525)),
             hn::Add(hn::MulHigh(u, hn::Set(d, -3209)), hn::MulHigh(v, hn::Set(d, -6660))),
             hn::MulHigh(v, hn::Set(d, 13075))}};
  } else {
    const V16 bias = hn::Set(d, 128);
    u = hn::Sub(u, bias);
    v = hn::Sub(v, bias);
    const V16 low = hn::InterleaveLower(d, u, v);
    const V16 high = hn::InterleaveUpper(d, u, v);
    const V16 zero = hn::Zero(d);
    if constexpr (kWay == Way::kJfif) {
      return {{WeightedPairs<14>(low, high, hn::OddEven(zero, hn::Set(d, 29032))),
               WeightedPairs<14>(low, high, hn::OddEven(hn::Set(d, -11700), hn::Set(d, -5638))),
               WeightedPairs<14>(low, high, hn::OddEven(hn::Set(d, 22970), zero))}};
    }
    const auto [u_in_b, u_in_g, v_in_g, v_in_r] = weights;
    return {{WeightedPairs<13>(low, high, hn::OddEven(zero, hn::Set(d, u_in_b))),
             WeightedPairs<13>(low, high, hn::OddEven(hn::Set(d, v_in_g), hn::Set(d, u_in_g))),
             WeightedPairs<13>(low, high, hn::OddEven(hn::Set(d, v_in_r), zero))}};
  }
}

// v - 16 + (v - 16) * 36 / 219
HWY_INLINE V16 ExpandLuma(V16 v) {
  const D16 d;
  const V16 luma = hn::Sub(v, hn::Set(d, 16));
  return hn::Add(luma, hn::MulFixedPoint15(luma, hn::Set(d, 5387)));
}

template <Way kWay>
HWY_INLINE V16 ScaleLuma(V16 y) {
  if constexpr (kWay == Way::kJfif || kWay == Way::kFull) return y;
  if constexpr (kWay == Way::kLimited) return ExpandLuma(y);
  const D16 d;
  return hn::MulHigh(hn::Sub(hn::ShiftLeft<3>(y), hn::Set(d, 128)), hn::Set(d, 9539));
}

// Two rows that share their chroma row; where there is only one, both are the same.
struct RowPair {
  const uint8_t* luma[2];
  const uint8_t* u;
  const uint8_t* v;
  uint8_t* bgr[2][3];
};

// kPixels columns from `x` on.
template <Way kWay>
HWY_INLINE void ConvertColumns(const RowPair& rows, const ChromaWeights& weights, int x) {
  const D8 d8;
  const Offsets offsets = ChromaOffsets<kWay>(rows.u + x / 2, rows.v + x / 2, weights);
  for (int row = 0; row < 2; ++row) {
    const Pairs y = Split(hn::LoadU(d8, rows.luma[row] + x));
    const Pairs luma{ScaleLuma<kWay>(y.low), ScaleLuma<kWay>(y.high)};
    for (int c = 0; c < 3; ++c) {
      const V8 value =
          JoinClamped({hn::Add(luma.low, offsets.of[c]), hn::Add(luma.high, offsets.of[c])});
      hn::StoreU(value, d8, rows.bgr[row][c] + x);
    }
  }
}

// The `width` < kPixels columns from `x` on, through buffers that may be read and written whole.
template <Way kWay>
void ConvertLastColumns(const RowPair& rows, const ChromaWeights& weights, int x, int width) {
  uint8_t from[3][kPixels] = {};
  uint8_t chroma[2][kPixels] = {};
  uint8_t to[2][3][kPixels];
  const size_t pixels = static_cast<size_t>(width);
  const size_t pairs = static_cast<size_t>((width + 1) / 2);
  std::memcpy(from[0], rows.luma[0] + x, pixels);
  std::memcpy(from[1], rows.luma[1] + x, pixels);
  std::memcpy(chroma[0], rows.u + x / 2, pairs);
  std::memcpy(chroma[1], rows.v + x / 2, pairs);
  ConvertColumns<kWay>({{from[0], from[1]},
                        chroma[0],
                        chroma[1],
                        {{to[0][0], to[0][1], to[0][2]}, {to[1][0], to[1][1], to[1][2]}}},
                       weights, 0);
  for (int row = 0; row < 2; ++row) {
    for (int c = 0; c < 3; ++c) std::memcpy(rows.bgr[row][c] + x, to[row][c], pixels);
  }
}

template <Way kWay>
void ConvertPicture(const ConstPictureView& source, const PictureView& target,
                    const ChromaWeights& weights) {
  const int width = source.width();
  for (int y = 0; y < source.height(); y += 2) {
    const int next = std::min(y + 1, source.height() - 1);
    RowPair rows{{source.planes[0].row(y), source.planes[0].row(next)},
                 source.planes[1].row(y / 2),
                 source.planes[2].row(y / 2),
                 {}};
    for (int c = 0; c < 3; ++c) {
      rows.bgr[0][c] = target.planes[c].row(y);
      rows.bgr[1][c] = target.planes[c].row(next);
    }
    int x = 0;
    for (; x + kPixels <= width; x += kPixels) ConvertColumns<kWay>(rows, weights, x);
    if (x == width) continue;
    if (width >= kPixels && width % 2 == 0) {
      ConvertColumns<kWay>(rows, weights, width - kPixels);  // some columns twice
    } else {
      ConvertLastColumns<kWay>(rows, weights, x, width - x);
    }
  }
}

// ---------------------------------------------------------------- limited -> full range

template <bool kLuma>
HWY_INLINE V16 Expand(V16 v) {
  const D16 d;
  if constexpr (kLuma) {
    return ExpandLuma(v);
  } else {  // v + (v - 128) * 31 / 224, a factor rounded down so that halves go up
    return hn::Add(v, hn::MulFixedPoint15(hn::Sub(v, hn::Set(d, 128)), hn::Set(d, 4534)));
  }
}

template <bool kLuma>
HWY_INLINE void ExpandColumns(const uint8_t* from, uint8_t* to) {
  const D8 d8;
  const Pairs v = Split(hn::LoadU(d8, from));
  hn::StoreU(JoinClamped({Expand<kLuma>(v.low), Expand<kLuma>(v.high)}), d8, to);
}

template <bool kLuma>
void ExpandPlane(const ConstPlane& source, const Plane& target) {
  for (int y = 0; y < source.height; ++y) {
    const uint8_t* from = source.row(y);
    uint8_t* to = target.row(y);
    int x = 0;
    for (; x + kPixels <= source.width; x += kPixels) ExpandColumns<kLuma>(from + x, to + x);
    if (x == source.width) continue;
    uint8_t last[kPixels] = {};
    const size_t count = static_cast<size_t>(source.width - x);
    std::memcpy(last, from + x, count);
    ExpandColumns<kLuma>(last, last);
    std::memcpy(to + x, last, count);
  }
}

}  // namespace

void ConvertYuvToBgr(ConstPictureView source, PictureView target, YuvMatrix matrix) {
  const bool is_limited = source.range == ColorRange::kLimited;
  const ChromaWeights weights = ChromaWeightsOf(matrix, source.range);
  if (matrix != YuvMatrix::kBt601) {
    const auto convert = is_limited ? ConvertPicture<Way::kLimited> : ConvertPicture<Way::kFull>;
    convert(source, target, weights);
  } else {
    const auto convert = is_limited ? ConvertPicture<Way::kOpenCv> : ConvertPicture<Way::kJfif>;
    convert(source, target, weights);
  }
}

void ExpandRange(ConstPictureView source, PictureView target) {
  ExpandPlane<true>(source.planes[0], target.planes[0]);
  ExpandPlane<false>(source.planes[1], target.planes[1]);
  ExpandPlane<false>(source.planes[2], target.planes[2]);
}

#endif  // HWY_TARGET == HWY_SCALAR

}  // namespace HWY_NAMESPACE
}  // namespace mouthpiece
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace mouthpiece {

HWY_EXPORT(ConvertYuvToBgr);
HWY_EXPORT(ExpandRange);

void YuvToBgr(ConstPictureView source, PictureView target, YuvMatrix matrix) {
  MOUTHPIECE_DISPATCH(ConvertYuvToBgr)(source, target, matrix);
}

void LimitedToFull(ConstPictureView source, PictureView target) {
  MOUTHPIECE_DISPATCH(ExpandRange)(source, target);
}

}  // namespace mouthpiece
#endif  // HWY_ONCE
