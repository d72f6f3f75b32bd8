#include "image/packed_plane.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/dispatch.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "image/packed_plane.cc"
#include "hwy/foreach_target.h"  // must come before highway.h
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace mouthpiece {
namespace HWY_NAMESPACE {
namespace {

// A group is its bits a sample, w, and w bit planes of 64 bits: bit i of plane b is bit b of
// sample i. That way any number of bits costs no shuffling.
constexpr size_t kGroup = 64;
constexpr size_t kPlaneBytes = kGroup / 8;

#if HWY_TARGET == HWY_SCALAR  // one lane: no masks of bits

uint8_t* PackGroup(const uint8_t* row, const uint8_t* above, uint8_t* to) {
  uint8_t folded[kGroup];
  unsigned bits = 0;
  for (size_t i = 0; i < kGroup; ++i) {
    const int difference = static_cast<int8_t>(row[i] - above[i]);
    folded[i] = static_cast<uint8_t>(difference < 0 ? -2 * difference - 1 : 2 * difference);
    bits |= folded[i];
  }
  const int width = std::bit_width(bits);
  *to++ = static_cast<uint8_t>(width);
  for (int b = 0; b < width; ++b, to += kPlaneBytes) {
    std::memset(to, 0, kPlaneBytes);
    for (size_t i = 0; i < kGroup; ++i) {
      to[i / 8] = static_cast<uint8_t>(to[i / 8] | ((folded[i] >> b & 1) << i % 8));
    }
  }
  return to;
}

const uint8_t* UnpackGroup(const uint8_t* from, const uint8_t* above, uint8_t* row) {
  const int width = *from++;
  for (size_t i = 0; i < kGroup; ++i) {
    int folded = 0;
    for (int b = 0; b < width; ++b) {
      folded |= (from[static_cast<size_t>(b) * kPlaneBytes + i / 8] >> i % 8 & 1) << b;
    }
    const int difference = folded % 2 == 0 ? folded / 2 : -(folded + 1) / 2;
    row[i] = static_cast<uint8_t>(above[i] + difference);
  }
  return from + static_cast<size_t>(width) * kPlaneBytes;
}

#else

namespace hn = hwy::HWY_NAMESPACE;

using D8 = hn::CappedTag<uint8_t, kGroup>;
using V8 = hn::Vec<D8>;

/// Small differences of either sign become small numbers: 0, -1, 1, -2 ... are 0, 1, 2, 3 ...
HWY_INLINE V8 FoldSign(V8 difference) {
  const D8 d;
  const V8 negative =
      hn::BitCast(d, hn::VecFromMask(hn::RebindToSigned<D8>(),
                                     hn::Lt(hn::BitCast(hn::RebindToSigned<D8>(), difference),
                                            hn::Zero(hn::RebindToSigned<D8>()))));
  return hn::Xor(hn::Add(difference, difference), negative);
}

HWY_INLINE V8 UnfoldSign(V8 folded) {
  const D8 d;
  const V8 one = hn::Set(d, 1);
  const V8 half = hn::ShiftRight<1>(folded);
  return hn::Xor(half, hn::Sub(hn::Zero(d), hn::And(folded, one)));
}

/// Packs one group to `to`; returns its end. All 64 samples of both rows are read.
uint8_t* PackGroup(const uint8_t* row, const uint8_t* above, uint8_t* to) {
  const D8 d;
  const size_t lanes = hn::Lanes(d);
  V8 all = hn::Zero(d);
  HWY_ALIGN uint8_t folded[kGroup];
  for (size_t i = 0; i < kGroup; i += lanes) {
    const V8 v = FoldSign(hn::Sub(hn::LoadU(d, row + i), hn::LoadU(d, above + i)));
    hn::Store(v, d, folded + i);
    all = hn::Or(all, v);
  }
  HWY_ALIGN uint8_t any[kGroup] = {};
  hn::Store(all, d, any);
  unsigned bits = 0;
  for (size_t i = 0; i < lanes; ++i) bits |= any[i];
  const int width = std::bit_width(bits);
  *to++ = static_cast<uint8_t>(width);
  for (int b = 0; b < width; ++b, to += kPlaneBytes) {
    const V8 bit = hn::Set(d, static_cast<uint8_t>(1 << b));
    for (size_t i = 0; i < kGroup; i += lanes) {
      uint8_t mask[8] = {};
      hn::StoreMaskBits(d, hn::TestBit(hn::Load(d, folded + i), bit), mask);
      std::memcpy(to + i / 8, mask, lanes / 8);
    }
  }
  return to;
}

/// Unpacks one group from `from` to the 64 samples of `row`; returns the next group.
HWY_INLINE const uint8_t* UnpackGroup(const uint8_t* from, const uint8_t* above, uint8_t* row) {
  const D8 d;
  const size_t lanes = hn::Lanes(d);
  const int width = *from++;
  for (size_t i = 0; i < kGroup; i += lanes) {
    V8 folded = hn::Zero(d);
    for (int b = 0; b < width; ++b) {
      const auto mask = hn::LoadMaskBits(d, from + static_cast<size_t>(b) * kPlaneBytes + i / 8);
      folded = hn::Or(folded, hn::IfThenElseZero(mask, hn::Set(d, static_cast<uint8_t>(1 << b))));
    }
    hn::StoreU(hn::Add(hn::LoadU(d, above + i), UnfoldSign(folded)), d, row + i);
  }
  return from + static_cast<size_t>(width) * kPlaneBytes;
}

#endif  // HWY_TARGET == HWY_SCALAR

}  // namespace

void Pack(const ConstPlane& plane, std::vector<uint8_t>& packed) {
  const auto width = static_cast<size_t>(plane.width);
  const size_t groups = (width + kGroup - 1) / kGroup;
  const size_t used = packed.size();
  packed.resize(used + static_cast<size_t>(plane.height) * groups * (1 + kGroup));
  uint8_t* to = packed.data() + used;
  for (int y = 0; y < plane.height; ++y) {
    for (size_t x = 0; x < width; x += kGroup) {
      const size_t count = std::min(kGroup, width - x);
      uint8_t row[kGroup] = {};
      uint8_t above[kGroup] = {};
      std::memcpy(row, plane.row(y) + x, count);
      if (y > 0) std::memcpy(above, plane.row(y - 1) + x, count);
      to = PackGroup(row, above, to);
    }
  }
  packed.resize(static_cast<size_t>(to - packed.data()));
}

const uint8_t* Unpack(const uint8_t* packed, const Plane& plane) {
  const auto width = static_cast<size_t>(plane.width);
  const uint8_t zeros[kGroup] = {};
  for (int y = 0; y < plane.height; ++y) {
    uint8_t* const row = plane.row(y);
    const uint8_t* const above = y > 0 ? plane.row(y - 1) : nullptr;
    size_t x = 0;
    for (; x + kGroup <= width; x += kGroup) {
      packed = UnpackGroup(packed, above != nullptr ? above + x : zeros, row + x);
    }
    if (x == width) continue;
    uint8_t last[kGroup] = {};
    if (above != nullptr) std::memcpy(last, above + x, width - x);
    packed = UnpackGroup(packed, last, last);
    std::memcpy(row + x, last, width - x);
  }
  return packed;
}

}  // namespace HWY_NAMESPACE
}  // namespace mouthpiece
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace mouthpiece {

HWY_EXPORT(Pack);
HWY_EXPORT(Unpack);

void PackPlane(const ConstPlane& plane, std::vector<uint8_t>& packed) {
  MOUTHPIECE_DISPATCH(Pack)(plane, packed);
}

const uint8_t* UnpackPlane(const uint8_t* packed, const Plane& plane) {
  return MOUTHPIECE_DISPATCH(Unpack)(packed, plane);
}

}  // namespace mouthpiece
#endif  // HWY_ONCE
