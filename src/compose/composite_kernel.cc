#include "compose/composite_kernel.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "compose/bgr_to_yuv.h"

// The kernel counts on vectors made of 128-bit blocks of a size known when compiling.
#undef HWY_DISABLED_TARGETS
#define HWY_DISABLED_TARGETS (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "compose/composite_kernel.cc"
#include "hwy/foreach_target.h"  // must come before highway.h
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace mouthpiece {
namespace HWY_NAMESPACE {

#if HWY_TARGET == HWY_SCALAR  // no vectors at all: nothing to gain over the reference

template <Resample kResample>
void RunReference(const CompositeJob& job) {
  CompositeReference(job.prediction, job.ring, job.rect, kResample, job.frame);
}

CompositeKernel MakeKernel(Resample resample) {
  return {resample == Resample::kLinear ? RunReference<Resample::kLinear>
                                        : RunReference<Resample::kCubic>,
          8};
}

#else

namespace {

namespace hn = hwy::HWY_NAMESPACE;

using D16 = hn::ScalableTag<int16_t>;
using D32 = hn::ScalableTag<int32_t>;
using V16 = hn::Vec<D16>;
using V32 = hn::Vec<D32>;
constexpr int kLanes = static_cast<int>(hn::MaxLanes(D16()));

// ---------------------------------------------------------------- float prediction -> 8 bits

// uint8(x * 255), clamped; NaN becomes 0 on every target.
void Quantize(const float* from, uint8_t* to, int count) {
  const auto convert = [&](auto d, int i) {
    const auto x = hn::LoadU(d, from + i);
    const auto positive = hn::IfThenElseZero(hn::Gt(x, hn::Zero(d)), x);
    const auto scaled = hn::Min(hn::Mul(positive, hn::Set(d, 255.0F)), hn::Set(d, 255.0F));
    const hn::RebindToSigned<decltype(d)> di;
    const hn::Rebind<uint8_t, decltype(d)> d8;
    hn::StoreU(hn::DemoteTo(d8, hn::ConvertTo(di, scaled)), d8, to + i);
  };
  const hn::ScalableTag<float> d;
  const int lanes = static_cast<int>(hn::Lanes(d));
  int i = 0;
  for (; i + lanes <= count; i += lanes) convert(d, i);
  for (; i < count; ++i) convert(hn::CappedTag<float, 1>(), i);
}

// The crop's rows, put together from prediction and ring.
class CropRows {
 public:
  explicit CropRows(const CompositeJob& job)
      : prediction_(job.prediction),
        ring_(job.ring),
        buffers_(job.buffers),
        margin_(job.ring.geometry.margin()),
        crop_(job.ring.geometry.crop),
        inner_(job.ring.geometry.inner) {
    for (int c = 0; c < 3; ++c) CollectSides(c);
  }

  int Clamp(int y) const { return std::clamp(y, 0, crop_ - 1); }
  /// Samples margin .. margin + inner of row `y`; valid until row y + 4 is asked for.
  const uint8_t* Inner(int channel, int y) {
    if (y < margin_ || y >= crop_ - margin_) return ring_.FullRow(channel, y) + margin_;
    const size_t offset = (static_cast<size_t>(channel) * static_cast<size_t>(inner_) +
                           static_cast<size_t>(y - margin_)) *
                          static_cast<size_t>(inner_);
    if (prediction_.u8 != nullptr) return prediction_.u8 + offset;
    uint8_t* row = buffers_.quantized(channel, y);
    int& held = held_[channel][y % 4];
    if (held != y) Quantize(prediction_.f32 + offset, row, inner_);
    held = y;
    return row;
  }
  /// The margins of row `y`, side by side.
  const uint8_t* Sides(int channel, int y) const { return buffers_.sides(channel, y); }

 private:
  void CollectSides(int channel) {
    const size_t margin = static_cast<size_t>(margin_);
    for (int y = 0; y < crop_; ++y) {
      if (y == margin_) y = crop_ - margin_;
      uint8_t* to = buffers_.sides(channel, y);
      std::memcpy(to, ring_.FullRow(channel, y), margin);
      std::memcpy(to + margin, ring_.FullRow(channel, y) + crop_ - margin_, margin);
    }
    std::memcpy(buffers_.sides(channel, margin_), ring_.SideRow(channel, margin_),
                2 * margin * static_cast<size_t>(inner_));
  }

  const Prediction& prediction_;
  const RingView& ring_;
  const RowBuffers& buffers_;
  const int margin_;
  const int crop_;
  const int inner_;
  int held_[3][4] = {{-1, -1, -1, -1}, {-1, -1, -1, -1}, {-1, -1, -1, -1}};
};

// ---------------------------------------------------------------- rows: vertical interpolation

// Weighted sum of kTaps 8-bit rows, see the formats in rect_tables.h.
template <int kTaps, class D>
HWY_INLINE hn::Vec<D> BlendVector(D d, const uint8_t* const* rows, const int16_t* weights, int x) {
  const hn::Rebind<uint8_t, D> d8;
  const auto load = [&](int tap) {
    return hn::ShiftLeft<7>(hn::PromoteTo(d, hn::LoadU(d8, rows[tap] + x)));
  };
  if constexpr (kTaps == 2) {
    const auto upper = load(0);
    return hn::Add(upper, hn::MulFixedPoint15(hn::Sub(load(1), upper), hn::Set(d, weights[1])));
  } else {
    const auto term = [&](int tap) {
      return hn::MulFixedPoint15(load(tap), hn::Set(d, weights[tap]));
    };
    return hn::Add(hn::Add(term(0), term(1)), hn::Add(term(2), term(3)));
  }
}

template <int kTaps>
void BlendRow(CropRows& crop, FaceGeometry geometry, int channel, const RowTaps& taps,
              int16_t* out) {
  const uint8_t* inner[kTaps];
  const uint8_t* sides[kTaps];
  for (int i = 0; i < kTaps; ++i) {
    const int y = crop.Clamp(taps.first + i);
    inner[i] = crop.Inner(channel, y);
    sides[i] = crop.Sides(channel, y);
  }
  const int16_t* weights = taps.weights.data();
  int16_t* const first = out + kRowOffset;

  if (geometry.margin() == 4 && geometry.inner >= 4) {
    // Both margins at once, stored twice: what lands beside them is overwritten by the inner
    // square and the padding.
    const hn::CappedTag<int16_t, 8> d8;
    const auto blended = BlendVector<kTaps>(d8, sides, weights, 0);
    hn::StoreU(blended, d8, first);
    hn::StoreU(blended, d8, first + geometry.inner);
  } else {
    const hn::CappedTag<int16_t, 1> d1;
    for (int x = 0; x < geometry.margin(); ++x) {
      const int right = geometry.margin() + x;
      hn::StoreU(BlendVector<kTaps>(d1, sides, weights, x), d1, first + x);
      hn::StoreU(BlendVector<kTaps>(d1, sides, weights, right), d1, first + geometry.inner + right);
    }
  }
  int16_t* const inside = first + geometry.margin();
  const D16 d;
  int x = 0;
  for (; x + kLanes <= geometry.inner; x += kLanes) {
    hn::StoreU(BlendVector<kTaps>(d, inner, weights, x), d, inside + x);
  }
  for (; x < geometry.inner; ++x) {
    const hn::CappedTag<int16_t, 1> d1;
    hn::StoreU(BlendVector<kTaps>(d1, inner, weights, x), d1, inside + x);
  }
  int16_t* const end = first + geometry.crop;
  first[-1] = first[-2] = first[0];
  end[0] = end[1] = end[-1];
}

// ---------------------------------------------------------------- columns

// a[2i] * b[2i] + a[2i+1] * b[2i+1] + sum[i]
HWY_INLINE V32 MulAddPairs(V16 a, V16 b, V32 sum) {
  const D32 d32;
  V32 odd = hn::Zero(d32);
  const V32 even = hn::ReorderWidenMulAccumulate(d32, a, b, hn::Zero(d32), odd);
  return hn::Add(sum, hn::RearrangeToOddPlusEven(even, odd));
}

// Blocks of eight samples from each of the offsets.
template <class D>
HWY_INLINE hn::Vec<D> LoadBlocks(D d, const int16_t* row, const int32_t* offsets) {
  if constexpr (hn::MaxLanes(D()) == 8) {
    return hn::LoadU(d, row + *offsets);
  } else {
    const hn::Half<D> half;
    return hn::Combine(d, LoadBlocks(half, row, offsets + hn::MaxLanes(half) / 8),
                       LoadBlocks(half, row, offsets));
  }
}

// `kLanes` columns of a blended row.
template <int kTaps, bool kDense>
HWY_INLINE V16 ResizeColumns(const RectTables& tables, const int16_t* row, int vector) {
  const D16 d;
  const D32 d32;
  const hn::ScalableTag<uint8_t> d8;
  const V32 half = hn::Set(d32, 1 << (kColumnWeightBits - 1));
  const auto step = [&](int which) {
    const size_t place = static_cast<size_t>(vector * kLanes + which * kLanes / 2);
    V32 sum = half;
    for (int pair = 0; pair < kTaps / 2; ++pair) {
      V16 samples;
      if constexpr (kDense) {
        const V16 blocks = LoadBlocks(d, row + 2 * pair, tables.block_offsets.data() + place / 4);
        samples = hn::TableLookupBytes(
            blocks, hn::BitCast(d, hn::LoadU(d8, tables.shuffles.data() + 4 * place)));
      } else {
        samples =
            hn::BitCast(d, hn::GatherOffset(d32, reinterpret_cast<const int32_t*>(row + 2 * pair),
                                            hn::LoadU(d32, tables.byte_offsets.data() + place)));
      }
      sum = MulAddPairs(samples, hn::LoadU(d, tables.pair_weights[pair].data() + 2 * place), sum);
    }
    return hn::ShiftRight<kColumnWeightBits>(sum);
  };
  const V16 value = hn::ReorderDemote2To(d, step(0), step(1));
  if constexpr (kTaps == 2) return value;
  // Cubic overshoots, and has one bit less.
  const V16 clamped = hn::Min(hn::Max(value, hn::Zero(d)), hn::Set(d, 255 << 6));
  return hn::ShiftLeft<1>(clamped);
}

// ---------------------------------------------------------------- colour

struct FixedCoefficients {
  explicit FixedCoefficients(const BgrToYuvCoefficients& c)
      : luma_b(Q(c.luma_b, 15)),
        luma_g(Q(c.luma_g, 15)),
        luma_r(Q(c.luma_r, 15)),
        y_offset(Q(c.y_offset + 0.5, 7)),
        u_b(Q(c.u_b, 14)),
        u_luma(Q(-c.u_luma, 14)),
        v_r(Q(c.v_r, 14)),
        v_luma(Q(-c.v_luma, 14)),
        u_offset(static_cast<int32_t>(std::lround(std::ldexp(c.u_offset + 0.5, 22)))),
        v_offset(static_cast<int32_t>(std::lround(std::ldexp(c.v_offset + 0.5, 22)))) {}

  static int16_t Q(double value, int bits) {
    return static_cast<int16_t>(std::lround(std::ldexp(value, bits)));
  }

  int16_t luma_b, luma_g, luma_r, y_offset;
  int16_t u_b, u_luma, v_r, v_luma;
  int32_t u_offset, v_offset;
};

// Where a row of the rectangle lies in its chroma block.
enum class RowPlace { kUpper, kLower, kAlone };

template <int kTaps, bool kDense, RowPlace kPlace>
void ConvertRow(const RectTables& tables, const FixedCoefficients& c, const RowBuffers& buffers) {
  const D16 d;
  const D32 d32;
  const hn::ScalableTag<uint16_t> du;
  const hn::Rebind<uint8_t, D16> dy;
  const hn::Rebind<uint8_t, D32> dc;
  const auto set = [&](int16_t value) { return hn::Set(d, value); };
  const auto mean = [&](V16 a, const int16_t* b) {
    return hn::BitCast(d, hn::AverageRound(hn::BitCast(du, a), hn::BitCast(du, hn::Load(d, b))));
  };
  int16_t* const upper_b = buffers.upper(0);
  int16_t* const upper_luma = buffers.upper(1);
  int16_t* const upper_r = buffers.upper(2);
  for (int vector = 0; vector < tables.vectors; ++vector) {
    const int x = vector * kLanes;
    V16 b = ResizeColumns<kTaps, kDense>(tables, buffers.blended(0), vector);
    const V16 g = ResizeColumns<kTaps, kDense>(tables, buffers.blended(1), vector);
    V16 r = ResizeColumns<kTaps, kDense>(tables, buffers.blended(2), vector);
    V16 luma = hn::Add(
        hn::Add(hn::MulFixedPoint15(b, set(c.luma_b)), hn::MulFixedPoint15(g, set(c.luma_g))),
        hn::MulFixedPoint15(r, set(c.luma_r)));
    const V16 y = hn::ShiftRight<7>(hn::Add(luma, set(c.y_offset)));
    hn::StoreU(hn::DemoteTo(dy, y), dy, buffers.output(0) + x);
    if constexpr (kPlace == RowPlace::kUpper) {
      hn::Store(b, d, upper_b + x);
      hn::Store(luma, d, upper_luma + x);
      hn::Store(r, d, upper_r + x);
      continue;
    }
    if constexpr (kPlace == RowPlace::kLower) {
      b = mean(b, upper_b + x);
      luma = mean(luma, upper_luma + x);
      r = mean(r, upper_r + x);
    }
    // The sum of two columns in Q21 is their mean in Q22.
    const V32 u =
        MulAddPairs(b, set(c.u_b), MulAddPairs(luma, set(c.u_luma), hn::Set(d32, c.u_offset)));
    const V32 v =
        MulAddPairs(r, set(c.v_r), MulAddPairs(luma, set(c.v_luma), hn::Set(d32, c.v_offset)));
    hn::StoreU(hn::DemoteTo(dc, hn::ShiftRight<22>(u)), dc, buffers.output(1) + x / 2);
    hn::StoreU(hn::DemoteTo(dc, hn::ShiftRight<22>(v)), dc, buffers.output(2) + x / 2);
  }
}

template <int kTaps, bool kDense>
void CompositeWith(const CompositeJob& job) {
  const RectTables& tables = job.tables;
  const RowBuffers& buffers = job.buffers;
  const Rect& rect = job.rect;
  const FixedCoefficients c(BgrToYuvFor(job.frame.range));
  CropRows crop(job);
  for (int y = rect.y1; y < rect.y2; ++y) {
    const RowTaps& taps = tables.rows[static_cast<size_t>(y - rect.y1)];
    for (int channel = 0; channel < 3; ++channel) {
      BlendRow<kTaps>(crop, job.ring.geometry, channel, taps, buffers.blended(channel));
    }
    const bool lower = (y & 1) != 0;
    const bool upper = !lower && y + 1 < rect.y2;
    if (upper) {
      ConvertRow<kTaps, kDense, RowPlace::kUpper>(tables, c, buffers);
    } else if (lower && y > rect.y1) {
      ConvertRow<kTaps, kDense, RowPlace::kLower>(tables, c, buffers);
    } else {
      ConvertRow<kTaps, kDense, RowPlace::kAlone>(tables, c, buffers);
    }
    std::memcpy(job.frame.planes[0].row(y) + rect.x1, buffers.output(0) + (rect.x1 & 1),
                static_cast<size_t>(rect.width()));
    if (upper) continue;
    for (int p = 1; p < 3; ++p) {
      std::memcpy(job.frame.planes[p].row(y / 2) + rect.x1 / 2, buffers.output(p),
                  static_cast<size_t>(tables.columns / 2));
    }
  }
}

template <int kTaps>
void CompositeSized(const CompositeJob& job) {
  if (job.tables.dense) {
    CompositeWith<kTaps, true>(job);
  } else {
    CompositeWith<kTaps, false>(job);
  }
}

}  // namespace

CompositeKernel MakeKernel(Resample resample) {
  return {resample == Resample::kLinear ? CompositeSized<2> : CompositeSized<4>, kLanes};
}

#endif  // HWY_TARGET == HWY_SCALAR

}  // namespace HWY_NAMESPACE
}  // namespace mouthpiece
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace mouthpiece {

HWY_EXPORT(MakeKernel);

CompositeKernel ChooseCompositeKernel(Resample resample) {
  return HWY_DYNAMIC_DISPATCH(MakeKernel)(resample);
}

}  // namespace mouthpiece
#endif  // HWY_ONCE
