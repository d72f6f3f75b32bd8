#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "compose/matte.h"
#include "mouthpiece/error.h"

namespace mouthpiece {
namespace {

constexpr int kGray = 128;
constexpr int kBits = 6;  ///< Of fractions in a direction
constexpr int kHalf = 1 << (kBits - 1);

int Average(int a, int b) { return (a + b + 1) / 2; }

/// Three quarters of the nearer, one of the further.
int Nearer(int near, int far) { return Average(near, Average(near, far)); }

}  // namespace

ChromaKey MakeChromaKey(const std::array<uint8_t, 3>& rgb, double similarity, YuvMatrix matrix,
                        ColorRange range) {
  constexpr double kLeastStrength = 8;
  const std::array<uint8_t, 3> yuv = CodesOf(rgb, matrix, range);
  const double u = yuv[1] - kGray;
  const double v = yuv[2] - kGray;
  const double strength = std::hypot(u, v);
  if (strength < kLeastStrength) {
    throw Error(ErrorCode::kInvalidArgument,
                "key-out: expected a colour that is no grey, such as green or #00b140");
  }
  ChromaKey key;
  key.u = static_cast<int>(std::lround(u / strength * (1 << kBits)));
  key.v = static_cast<int>(std::lround(v / strength * (1 << kBits)));
  key.transparent = std::max(2, static_cast<int>(std::lround(strength * (1 - similarity))));
  key.opaque = key.transparent / 4;
  return key;
}

void KeyChromaReference(ConstPlane u, ConstPlane v, const ChromaKey& key, Plane u_left,
                        Plane v_left, Plane alpha) {
  const int span = key.transparent - key.opaque;
  const int slope = ((255 << kBits) + span / 2) / span;
  for (int y = 0; y < u.height; ++y) {
    for (int x = 0; x < u.width; ++x) {
      const int du = u.row(y)[x] - kGray;
      const int dv = v.row(y)[x] - kGray;
      const int along = (du * key.u + dv * key.v + kHalf) >> kBits;
      const int across = std::abs((du * key.v - dv * key.u + kHalf) >> kBits);
      const int part = std::max(along - across, 0);
      const int taken = (std::clamp(part - key.opaque, 0, span) * slope + kHalf) >> kBits;
      alpha.row(y)[x] = static_cast<uint8_t>(255 - std::min(taken, 255));
      u_left.row(y)[x] =
          static_cast<uint8_t>(std::clamp(kGray + du - ((part * key.u + kHalf) >> kBits), 0, 255));
      v_left.row(y)[x] =
          static_cast<uint8_t>(std::clamp(kGray + dv - ((part * key.v + kHalf) >> kBits), 0, 255));
    }
  }
}

void DoubleAlphaReference(ConstPlane half, Plane full) {
  for (int y = 0; y < full.height; ++y) {
    const int other = std::clamp(y / 2 + (y % 2 == 0 ? -1 : 1), 0, half.height - 1);
    const uint8_t* const near = half.row(y / 2);
    const uint8_t* const far = half.row(other);
    for (int x = 0; x < full.width; ++x) {
      const int left = x / 2;
      const int right = std::min(left + 1, half.width - 1);
      const int here = Nearer(near[left], far[left]);
      const int there = Nearer(near[right], far[right]);
      full.row(y)[x] = static_cast<uint8_t>(x % 2 == 0 ? here : Average(here, there));
    }
  }
}

void HalveAlpha(ConstPlane full, Plane half) {
  for (int y = 0; y < half.height; ++y) {
    const uint8_t* const top = full.row(2 * y);
    const uint8_t* const bottom = full.row(std::min(2 * y + 1, full.height - 1));
    uint8_t* const to = half.row(y);
    const int pairs = full.width / 2;
    for (int x = 0; x < pairs; ++x) {
      to[x] = static_cast<uint8_t>(
          (top[2 * x] + top[2 * x + 1] + bottom[2 * x] + bottom[2 * x + 1] + 2) / 4);
    }
    if (pairs < half.width) {
      to[pairs] = static_cast<uint8_t>(Average(top[2 * pairs], bottom[2 * pairs]));
    }
  }
}

void BlendReference(ConstPlane front, ConstPlane alpha, ConstPlane back, Plane target) {
  for (int y = 0; y < target.height; ++y) {
    for (int x = 0; x < target.width; ++x) {
      const double a = alpha.row(y)[x] / 255.0;
      target.row(y)[x] =
          static_cast<uint8_t>(std::lround(front.row(y)[x] * a + back.row(y)[x] * (1 - a)));
    }
  }
}

}  // namespace mouthpiece
