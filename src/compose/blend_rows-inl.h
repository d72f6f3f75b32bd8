// Rows of a crop, put together of prediction and ring and blended from above and below. Compiled
// once an instruction set, as a part of composite_kernel.cc.

// Highway's guard: true once for each instruction set.
#if defined(MOUTHPIECE_COMPOSE_BLEND_ROWS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef MOUTHPIECE_COMPOSE_BLEND_ROWS_INL_H_
#undef MOUTHPIECE_COMPOSE_BLEND_ROWS_INL_H_
#else
#define MOUTHPIECE_COMPOSE_BLEND_ROWS_INL_H_
#endif

#include <algorithm>
#include <cstring>

#include "compose/composite_kernel.h"
#include "hwy/highway.h"

#if HWY_TARGET != HWY_SCALAR  // where the reference is what runs
HWY_BEFORE_NAMESPACE();
namespace mouthpiece {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

using D16 = hn::ScalableTag<int16_t>;
using D32 = hn::ScalableTag<int32_t>;
using EightOf16 = hn::CappedTag<int16_t, 8>;
using OneOf16 = hn::CappedTag<int16_t, 1>;
using V16 = hn::Vec<D16>;
using V32 = hn::Vec<D32>;
inline constexpr int kLanes = static_cast<int>(hn::MaxLanes(D16()));

// uint8(x * 255), clamped; NaN becomes 0 on every target.
template <class D>
HWY_INLINE void QuantizeVector(D d, const float* from, uint8_t* to) {
  const hn::RebindToSigned<D> di;
  const hn::Rebind<uint8_t, D> d8;
  const auto x = hn::LoadU(d, from);
  const auto positive = hn::IfThenElseZero(hn::Gt(x, hn::Zero(d)), x);
  const auto most = hn::Set(d, 255.0F);
  const auto scaled = hn::Min(hn::Mul(positive, most), most);
  hn::StoreU(hn::DemoteTo(d8, hn::ConvertTo(di, scaled)), d8, to);
}

inline void Quantize(const float* from, uint8_t* to, int count) {
  const hn::ScalableTag<float> d;
  const int lanes = static_cast<int>(hn::Lanes(d));
  int i = 0;
  for (; i + lanes <= count; i += lanes) QuantizeVector(d, from + i, to + i);
  for (; i < count; ++i) QuantizeVector(hn::CappedTag<float, 1>(), from + i, to + i);
}

// One row of the crop in three channels, each `step` bytes after the one before.
struct CropRow {
  const uint8_t* inner;  // the samples inside the margins
  ptrdiff_t inner_step;
  const uint8_t* sides;  // left margin, right margin
  ptrdiff_t sides_step;
};

// The crop's rows, put together from prediction and ring.
class CropRows {
 public:
  explicit CropRows(const CompositeJob& job)
      : prediction_(job.prediction), ring_(job.ring), buffers_(job.buffers) {
    if (ring_.geometry.margin() > 0) CollectSides();
  }

  /// Row `y`, clamped to the crop; valid until row y + 4 is asked for.
  CropRow At(int y) {
    const FaceGeometry g = ring_.geometry;
    y = std::clamp(y, 0, g.crop - 1);
    CropRow row{nullptr, 0, buffers_.sides(0, y), buffers_.sides(1, y) - buffers_.sides(0, y)};
    const int inner_y = y - g.margin();
    if (inner_y < 0 || inner_y >= g.inner) {
      row.inner = ring_.FullRow(0, y) + g.margin();
      row.inner_step = static_cast<ptrdiff_t>(RingView::ChannelBytes(g));
      return row;
    }
    const ptrdiff_t channel = static_cast<ptrdiff_t>(g.inner) * g.inner;
    const ptrdiff_t offset = static_cast<ptrdiff_t>(g.inner) * inner_y;
    if (prediction_.u8 != nullptr) {
      row.inner = prediction_.u8 + offset;
      row.inner_step = channel;
      return row;
    }
    uint8_t* quantized = buffers_.quantized(0, y);
    row.inner = quantized;
    row.inner_step = buffers_.quantized(1, y) - quantized;
    int& held = held_[y % 4];
    if (held == y) return row;
    held = y;
    for (int c = 0; c < 3; ++c) {
      Quantize(prediction_.f32 + c * channel + offset, quantized + c * row.inner_step, g.inner);
    }
    return row;
  }

 private:
  void CollectSides() {
    const FaceGeometry g = ring_.geometry;
    const size_t margin = static_cast<size_t>(g.margin());
    for (int c = 0; c < 3; ++c) {
      for (int i = 0; i < 2 * g.margin(); ++i) {
        const int y = i < g.margin() ? i : g.inner + i;
        const uint8_t* row = ring_.FullRow(c, y);
        std::memcpy(buffers_.sides(c, y), row, margin);
        std::memcpy(buffers_.sides(c, y) + margin, row + g.crop - g.margin(), margin);
      }
      std::memcpy(buffers_.sides(c, g.margin()), ring_.SideRow(c, g.margin()),
                  2 * margin * static_cast<size_t>(g.inner));
    }
  }

  const Prediction& prediction_;
  const RingView& ring_;
  const RowBuffers& buffers_;
  int held_[4] = {-1, -1, -1, -1};
};

// 8-bit samples times 2^7.
template <class D>
HWY_INLINE hn::Vec<D> LoadScaled(D d, const uint8_t* from) {
  return hn::ShiftLeft<7>(hn::PromoteTo(d, hn::LoadU(hn::Rebind<uint8_t, D>(), from)));
}

// Weights of kTaps rows in every lane.
template <int kTaps, class D>
struct RowWeights {
  HWY_INLINE RowWeights(D d, const RowTaps& taps) {
    for (int i = 0; i < kTaps; ++i) of[i] = hn::Set(d, taps.weights[static_cast<size_t>(i)]);
  }
  hn::Vec<D> of[kTaps];
};

// Weighted sum of kTaps 8-bit rows at `x`, see the formats in rect_tables.h.
template <int kTaps, class D>
HWY_INLINE hn::Vec<D> BlendVector(D d, const uint8_t* const* rows,
                                  const RowWeights<kTaps, D>& weights, int x) {
  if constexpr (kTaps == 2) {
    const auto upper = LoadScaled(d, rows[0] + x);
    const auto step = hn::Sub(LoadScaled(d, rows[1] + x), upper);
    return hn::Add(upper, hn::MulFixedPoint15(step, weights.of[1]));
  } else {
    auto sum = hn::MulFixedPoint15(LoadScaled(d, rows[0] + x), weights.of[0]);
    for (int tap = 1; tap < kTaps; ++tap) {
      sum = hn::Add(sum, hn::MulFixedPoint15(LoadScaled(d, rows[tap] + x), weights.of[tap]));
    }
    return sum;
  }
}

template <int kTaps>
void BlendRows(CropRows& crop, FaceGeometry geometry, const RowTaps& taps,
               const RowBuffers& buffers) {
  CropRow rows[kTaps];
  for (int i = 0; i < kTaps; ++i) rows[i] = crop.At(taps.first + i);
  const D16 d;
  const EightOf16 d8;
  const OneOf16 d1;
  const RowWeights<kTaps, D16> weights(d, taps);
  const RowWeights<kTaps, EightOf16> weights8(d8, taps);
  const RowWeights<kTaps, OneOf16> weights1(d1, taps);
  const int margin = geometry.margin();
  for (int c = 0; c < 3; ++c) {
    const uint8_t* inner[kTaps];
    const uint8_t* sides[kTaps];
    for (int i = 0; i < kTaps; ++i) {
      inner[i] = rows[i].inner + c * rows[i].inner_step;
      sides[i] = rows[i].sides + c * rows[i].sides_step;
    }
    int16_t* const first = buffers.blended(c) + kRowOffset;
    if (margin == 4 && geometry.inner >= 4) {
      // Both margins at once, stored twice: what lands beside them is overwritten by the inner
      // square and the padding.
      const auto blended = BlendVector<kTaps>(d8, sides, weights8, 0);
      hn::StoreU(blended, d8, first);
      hn::StoreU(blended, d8, first + geometry.inner);
    } else {
      for (int x = 0; x < 2 * margin; ++x) {
        hn::StoreU(BlendVector<kTaps>(d1, sides, weights1, x), d1,
                   first + (x < margin ? x : geometry.inner + x));
      }
    }
    int16_t* const inside = first + margin;
    int x = 0;
    for (; x + kLanes <= geometry.inner; x += kLanes) {
      hn::StoreU(BlendVector<kTaps>(d, inner, weights, x), d, inside + x);
    }
    for (; x < geometry.inner; ++x) {
      hn::StoreU(BlendVector<kTaps>(d1, inner, weights1, x), d1, inside + x);
    }
    int16_t* const end = first + geometry.crop;
    first[-1] = first[-2] = first[0];
    end[0] = end[1] = end[-1];
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace mouthpiece
HWY_AFTER_NAMESPACE();
#endif  // HWY_TARGET != HWY_SCALAR

#endif  // MOUTHPIECE_COMPOSE_BLEND_ROWS_INL_H_
