#include "compose/matte.h"

#include <algorithm>

#include "base/dispatch.h"

// The kernels count on vectors whose size is known when compiling.
#undef HWY_DISABLED_TARGETS
#define HWY_DISABLED_TARGETS (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "compose/matte.cc"
#include "hwy/foreach_target.h"  // must come before highway.h
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace mouthpiece {
namespace HWY_NAMESPACE {

#if HWY_TARGET == HWY_SCALAR  // no vectors at all: nothing to gain over the references

void KeyChromaKernel(ConstPlane u, ConstPlane v, const ChromaKey& key, Plane u_left, Plane v_left,
                     Plane alpha) {
  KeyChromaReference(u, v, key, u_left, v_left, alpha);
}
void DoubleAlphaKernel(ConstPlane half, Plane full) { DoubleAlphaReference(half, full); }
void BlendKernel(ConstPlane front, ConstPlane alpha, ConstPlane back, Plane target) {
  BlendReference(front, alpha, back, target);
}

#else

namespace {

namespace hn = hwy::HWY_NAMESPACE;

using D8 = hn::ScalableTag<uint8_t>;
using D16 = hn::ScalableTag<int16_t>;
using DU16 = hn::ScalableTag<uint16_t>;
using H8 = hn::Rebind<uint8_t, D16>;  // half a vector of bytes
using V8 = hn::Vec<D8>;
using V16 = hn::Vec<D16>;
constexpr int kBytes = static_cast<int>(hn::MaxLanes(D8()));
constexpr int kWords = static_cast<int>(hn::MaxLanes(D16()));

/// A row that is part of a plane, as a plane.
template <typename T>
PlaneView<T> RowOf(PlaneView<T> plane, int y) {
  return {plane.row(y), plane.stride, plane.width, 1};
}

HWY_INLINE V16 Weighted(V16 a, V16 a_weight, V16 b, V16 b_weight) {
  const D16 d;
  const V16 sum = hn::Add(hn::Mul(a, a_weight), hn::Mul(b, b_weight));
  return hn::ShiftRight<6>(hn::Add(sum, hn::Set(d, 32)));
}

}  // namespace

void KeyChromaKernel(ConstPlane u, ConstPlane v, const ChromaKey& key, Plane u_left, Plane v_left,
                     Plane alpha) {
  const D16 d;
  const H8 d8;
  const int span = key.transparent - key.opaque;
  const V16 gray = hn::Set(d, 128);
  const V16 key_u = hn::Set(d, static_cast<int16_t>(key.u));
  const V16 key_v = hn::Set(d, static_cast<int16_t>(key.v));
  const V16 minus_key_u = hn::Set(d, static_cast<int16_t>(-key.u));
  const V16 opaque = hn::Set(d, static_cast<int16_t>(key.opaque));
  const V16 most = hn::Set(d, static_cast<int16_t>(span));
  const V16 slope = hn::Set(d, static_cast<int16_t>(((255 << 6) + span / 2) / span));
  const V16 zero = hn::Zero(d);
  for (int y = 0; y < u.height; ++y) {
    const uint8_t* const from_u = u.row(y);
    const uint8_t* const from_v = v.row(y);
    const auto work = [&](int x) {
      const V16 du = hn::Sub(hn::PromoteTo(d, hn::LoadU(d8, from_u + x)), gray);
      const V16 dv = hn::Sub(hn::PromoteTo(d, hn::LoadU(d8, from_v + x)), gray);
      const V16 along = Weighted(du, key_u, dv, key_v);
      const V16 across = hn::Abs(Weighted(du, key_v, dv, minus_key_u));
      const V16 part = hn::Max(hn::Sub(along, across), zero);
      const V16 above = hn::Min(hn::Max(hn::Sub(part, opaque), zero), most);
      const V16 taken = Weighted(above, slope, zero, zero);
      const V16 left_u = hn::Sub(hn::Add(gray, du), Weighted(part, key_u, zero, zero));
      const V16 left_v = hn::Sub(hn::Add(gray, dv), Weighted(part, key_v, zero, zero));
      hn::StoreU(hn::DemoteTo(d8, hn::Sub(hn::Set(d, 255), taken)), d8, alpha.row(y) + x);
      hn::StoreU(hn::DemoteTo(d8, left_u), d8, u_left.row(y) + x);
      hn::StoreU(hn::DemoteTo(d8, left_v), d8, v_left.row(y) + x);
    };
    const int whole = u.width / kWords * kWords;
    for (int x = 0; x < whole; x += kWords) work(x);
    if (whole == u.width) continue;
    const auto rest = [whole, y](auto plane) {
      auto row = RowOf(plane, y);
      row.data += whole;
      row.width -= whole;
      return row;
    };
    KeyChromaReference(rest(u), rest(v), key, rest(u_left), rest(v_left), rest(alpha));
  }
}

void DoubleAlphaKernel(ConstPlane half, Plane full) {
  const D8 d;
  const auto nearer = [&](const uint8_t* near, const uint8_t* far) {
    const V8 n = hn::LoadU(d, near);
    return hn::AverageRound(n, hn::AverageRound(n, hn::LoadU(d, far)));
  };
  for (int y = 0; y < full.height; ++y) {
    const int other = std::clamp(y / 2 + (y % 2 == 0 ? -1 : 1), 0, half.height - 1);
    const uint8_t* const near = half.row(y / 2);
    const uint8_t* const far = half.row(other);
    uint8_t* const to = full.row(y);
    int x = 0;
    for (; x + kBytes + 1 <= half.width && 2 * (x + kBytes) <= full.width; x += kBytes) {
      const V8 here = nearer(near + x, far + x);
      const V8 there = nearer(near + x + 1, far + x + 1);
      hn::StoreInterleaved2(here, hn::AverageRound(here, there), d, to + 2 * x);
    }
    const auto average = [](int a, int b) { return (a + b + 1) / 2; };
    const auto at = [&](int i) { return average(near[i], average(near[i], far[i])); };
    for (x *= 2; x < full.width; ++x) {
      const int here = at(x / 2);
      const int there = at(std::min(x / 2 + 1, half.width - 1));
      to[x] = static_cast<uint8_t>(x % 2 == 0 ? here : average(here, there));
    }
  }
}

void BlendKernel(ConstPlane front, ConstPlane alpha, ConstPlane back, Plane target) {
  const DU16 d;
  const hn::Rebind<uint8_t, DU16> d8;
  const auto opaque = hn::Set(d, 255);
  const auto half = hn::Set(d, 128);
  for (int y = 0; y < target.height; ++y) {
    const uint8_t* const f = front.row(y);
    const uint8_t* const a = alpha.row(y);
    const uint8_t* const b = back.row(y);
    uint8_t* const to = target.row(y);
    int x = 0;
    for (; x + kWords <= target.width; x += kWords) {
      const auto weight = hn::PromoteTo(d, hn::LoadU(d8, a + x));
      const auto sum =
          hn::Add(hn::Mul(hn::PromoteTo(d, hn::LoadU(d8, f + x)), weight),
                  hn::Mul(hn::PromoteTo(d, hn::LoadU(d8, b + x)), hn::Sub(opaque, weight)));
      // Exactly a rounded division by 255.
      const auto rounded = hn::Add(sum, half);
      const auto result = hn::ShiftRight<8>(hn::Add(rounded, hn::ShiftRight<8>(rounded)));
      hn::StoreU(hn::DemoteTo(d8, hn::BitCast(D16(), result)), d8, to + x);
    }
    for (; x < target.width; ++x) {
      const int rounded = f[x] * a[x] + b[x] * (255 - a[x]) + 128;
      to[x] = static_cast<uint8_t>((rounded + (rounded >> 8)) >> 8);
    }
  }
}

#endif

}  // namespace HWY_NAMESPACE
}  // namespace mouthpiece
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace mouthpiece {

HWY_EXPORT(KeyChromaKernel);
HWY_EXPORT(DoubleAlphaKernel);
HWY_EXPORT(BlendKernel);

void KeyChroma(ConstPlane u, ConstPlane v, const ChromaKey& key, Plane u_left, Plane v_left,
               Plane alpha) {
  MOUTHPIECE_DISPATCH(KeyChromaKernel)(u, v, key, u_left, v_left, alpha);
}

void DoubleAlpha(ConstPlane half, Plane full) {
  MOUTHPIECE_DISPATCH(DoubleAlphaKernel)(half, full);
}

void Blend(ConstPlane front, ConstPlane alpha, ConstPlane back, Plane target) {
  MOUTHPIECE_DISPATCH(BlendKernel)(front, alpha, back, target);
}

}  // namespace mouthpiece
#endif  // HWY_ONCE
