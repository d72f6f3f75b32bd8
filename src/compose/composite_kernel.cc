#include "compose/composite_kernel.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "base/dispatch.h"
#include "compose/bgr_to_yuv.h"

// The kernel counts on vectors made of 128-bit blocks of a size known when compiling.
#undef HWY_DISABLED_TARGETS
#define HWY_DISABLED_TARGETS (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "compose/composite_kernel.cc"
#include "hwy/cache_control.h"
#include "hwy/foreach_target.h"  // must come before highway.h
//
#include "compose/blend_rows-inl.h"
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

// Where the tables lie, held in registers: stores of bytes might change any vector's pointers.
struct ColumnTables {
  explicit ColumnTables(const RectTables& t)
      : vectors(t.vectors),
        block_offsets(t.block_offsets.data()),
        shuffles(t.shuffles.data()),
        byte_offsets(t.byte_offsets.data()),
        pair_weights{t.pair_weights[0].data(), t.pair_weights[1].data()} {}

  int vectors;
  const int32_t* block_offsets;
  const uint8_t* shuffles;
  const int32_t* byte_offsets;
  const int16_t* pair_weights[2];
};

// Half of a vector of columns, as 32-bit lanes; `place` is the first one's in the tables.
template <int kTaps, bool kDense>
HWY_INLINE V32 ResizeHalf(const ColumnTables& tables, const int16_t* row, int place) {
  const D16 d;
  const D32 d32;
  const hn::ScalableTag<uint8_t> d8;
  V32 sum = hn::Set(d32, 1 << (kColumnWeightBits - 1));
  for (int pair = 0; pair < kTaps / 2; ++pair) {
    V16 samples;
    if constexpr (kDense) {
      const V16 blocks = LoadBlocks(d, row + 2 * pair, tables.block_offsets + place / 4);
      samples =
          hn::TableLookupBytes(blocks, hn::BitCast(d, hn::LoadU(d8, tables.shuffles + 4 * place)));
    } else {
      samples =
          hn::BitCast(d, hn::GatherOffset(d32, reinterpret_cast<const int32_t*>(row + 2 * pair),
                                          hn::LoadU(d32, tables.byte_offsets + place)));
    }
    sum = MulAddPairs(samples, hn::LoadU(d, tables.pair_weights[pair] + 2 * place), sum);
  }
  return hn::ShiftRight<kColumnWeightBits>(sum);
}

// `kLanes` columns of a blended row, value * 2^7.
template <int kTaps, bool kDense>
HWY_INLINE V16 ResizeColumns(const ColumnTables& tables, const int16_t* row, int vector) {
  const D16 d;
  const int place = vector * kLanes;
  const V16 value =
      hn::ReorderDemote2To(d, ResizeHalf<kTaps, kDense>(tables, row, place),
                           ResizeHalf<kTaps, kDense>(tables, row, place + kLanes / 2));
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

// Of values that are not negative.
HWY_INLINE V16 Mean(V16 a, const int16_t* b) {
  const D16 d;
  const hn::RebindToUnsigned<D16> du;
  return hn::BitCast(d, hn::AverageRound(hn::BitCast(du, a), hn::BitCast(du, hn::Load(d, b))));
}

// Where a row of the rectangle lies in its chroma block.
enum class RowPlace { kUpper, kLower, kAlone };

template <int kTaps, bool kDense, RowPlace kPlace>
void ConvertRow(const ColumnTables& tables, const FixedCoefficients& c, const RowBuffers& buffers) {
  const D16 d;
  const D32 d32;
  const hn::Rebind<uint8_t, D16> dy;
  const hn::Rebind<uint8_t, D32> dc;
  const V16 luma_b = hn::Set(d, c.luma_b);
  const V16 luma_g = hn::Set(d, c.luma_g);
  const V16 luma_r = hn::Set(d, c.luma_r);
  const V16 y_offset = hn::Set(d, c.y_offset);
  const V16 u_b = hn::Set(d, c.u_b);
  const V16 u_luma = hn::Set(d, c.u_luma);
  const V16 v_r = hn::Set(d, c.v_r);
  const V16 v_luma = hn::Set(d, c.v_luma);
  const V32 u_offset = hn::Set(d32, c.u_offset);
  const V32 v_offset = hn::Set(d32, c.v_offset);

  const int16_t* const row_b = buffers.blended(0);
  const int16_t* const row_g = buffers.blended(1);
  const int16_t* const row_r = buffers.blended(2);
  int16_t* const upper_b = buffers.upper(0);
  int16_t* const upper_luma = buffers.upper(1);
  int16_t* const upper_r = buffers.upper(2);
  uint8_t* const out_y = buffers.output(0);
  uint8_t* const out_u = buffers.output(1);
  uint8_t* const out_v = buffers.output(2);
  for (int vector = 0; vector < tables.vectors; ++vector) {
    const int x = vector * kLanes;
    V16 b = ResizeColumns<kTaps, kDense>(tables, row_b, vector);
    const V16 g = ResizeColumns<kTaps, kDense>(tables, row_g, vector);
    V16 r = ResizeColumns<kTaps, kDense>(tables, row_r, vector);
    V16 luma = hn::Add(hn::Add(hn::MulFixedPoint15(b, luma_b), hn::MulFixedPoint15(g, luma_g)),
                       hn::MulFixedPoint15(r, luma_r));
    hn::StoreU(hn::DemoteTo(dy, hn::ShiftRight<7>(hn::Add(luma, y_offset))), dy, out_y + x);
    if constexpr (kPlace == RowPlace::kUpper) {
      hn::Store(b, d, upper_b + x);
      hn::Store(luma, d, upper_luma + x);
      hn::Store(r, d, upper_r + x);
      continue;
    }
    if constexpr (kPlace == RowPlace::kLower) {
      b = Mean(b, upper_b + x);
      luma = Mean(luma, upper_luma + x);
      r = Mean(r, upper_r + x);
    }
    // The sum of two columns in Q21 is their mean in Q22.
    const V32 u = MulAddPairs(b, u_b, MulAddPairs(luma, u_luma, u_offset));
    const V32 v = MulAddPairs(r, v_r, MulAddPairs(luma, v_luma, v_offset));
    hn::StoreU(hn::DemoteTo(dc, hn::ShiftRight<22>(u)), dc, out_u + x / 2);
    hn::StoreU(hn::DemoteTo(dc, hn::ShiftRight<22>(v)), dc, out_v + x / 2);
  }
}

// ---------------------------------------------------------------- rectangle

// Rows before a row is written that its cache lines are called for. The frame was last touched
// hundreds of frames ago: without that, each row would wait for memory.
constexpr int kRowsAhead = 32;

HWY_INLINE void CallFor(const uint8_t* begin, const uint8_t* end) {
  constexpr uintptr_t kCacheLine = 64;
  begin -= reinterpret_cast<uintptr_t>(begin) % kCacheLine;
  for (; begin < end; begin += kCacheLine) hwy::Prefetch(begin);
}

HWY_INLINE void CallForRow(const PictureView& frame, const Rect& rect, int y) {
  const uint8_t* luma = frame.planes[0].row(y);
  CallFor(luma + rect.x1, luma + rect.x2);
  if ((y & 1) != 0 && y > rect.y1) return;  // with the row above
  for (int p = 1; p < 3; ++p) {
    const uint8_t* chroma = frame.planes[p].row(y / 2);
    CallFor(chroma + rect.x1 / 2, chroma + (rect.x2 + 1) / 2);
  }
}

template <int kTaps, bool kDense>
void CompositeWith(const CompositeJob& job) {
  const RectTables& tables = job.tables;
  const RowBuffers& buffers = job.buffers;
  const Rect& rect = job.rect;
  const FixedCoefficients c(BgrToYuvFor(job.frame.range));
  const ColumnTables columns(tables);
  CropRows crop(job);
  int called = rect.y1;
  for (int y = rect.y1; y < rect.y2; ++y) {
    for (; called < std::min(y + kRowsAhead, rect.y2); ++called) {
      CallForRow(job.frame, rect, called);
    }
    const RowTaps& taps = tables.rows[static_cast<size_t>(y - rect.y1)];
    BlendRows<kTaps>(crop, job.ring.geometry, taps, buffers);
    const bool lower = (y & 1) != 0;
    const bool upper = !lower && y + 1 < rect.y2;
    if (upper) {
      ConvertRow<kTaps, kDense, RowPlace::kUpper>(columns, c, buffers);
    } else if (lower && y > rect.y1) {
      ConvertRow<kTaps, kDense, RowPlace::kLower>(columns, c, buffers);
    } else {
      ConvertRow<kTaps, kDense, RowPlace::kAlone>(columns, c, buffers);
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
  return MOUTHPIECE_DISPATCH(MakeKernel)(resample);
}

}  // namespace mouthpiece
#endif  // HWY_ONCE
