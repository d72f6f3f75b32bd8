// Transparency: made of a colour, and blended over a background.
#ifndef MOUTHPIECE_COMPOSE_MATTE_H_
#define MOUTHPIECE_COMPOSE_MATTE_H_

#include <array>
#include <cstdint>

#include "image/color_matrix.h"
#include "image/image.h"

namespace mouthpiece {

/// Colours that become transparent, by their chroma alone: light and shadow on a screen leave it.
///
/// Of a colour, what lies along the key's direction from grey, less what lies across it, is the
/// screen's part: 0 for all that is further than 45 degrees from the key (K. Jack, Video
/// Demystified, "Chroma keying"). In proportion to it a pixel is transparent, and it is taken out
/// of what is left, so that nothing keeps the screen's light.
struct ChromaKey {
  int u = 0;  ///< The key's direction in chroma; 64 is the length of the vector
  int v = 0;
  int opaque = 0;       ///< The part, in levels of chroma, up to which a pixel is opaque
  int transparent = 1;  ///< And from which it is transparent; more than `opaque`
};

/// `rgb` is a colour, no grey. `similarity` in (0, 1]: what has 1 - similarity of the key's own
/// strength is transparent, what has a quarter of that is opaque. Throws Error (kInvalidArgument)
/// for greys.
ChromaKey MakeChromaKey(const std::array<uint8_t, 3>& rgb, double similarity, YuvMatrix matrix,
                        ColorRange range);

/// Of each chroma sample (u, v): how opaque it is, 0 to 255, and what is left of it. All planes
/// have one size. `u_left` and `v_left` may be `u` and `v`.
void KeyChroma(ConstPlane u, ConstPlane v, const ChromaKey& key, Plane u_left, Plane v_left,
               Plane alpha);
/// The same result, written for clarity.
void KeyChromaReference(ConstPlane u, ConstPlane v, const ChromaKey& key, Plane u_left,
                        Plane v_left, Plane alpha);

/// Alpha of chroma samples to that of all pixels: in between where they lie in between, as chroma
/// of 4:2:0 does that lies left. `half` has (n + 1) / 2 samples a side of `full`.
void DoubleAlpha(ConstPlane half, Plane full);
void DoubleAlphaReference(ConstPlane half, Plane full);

/// The mean alpha, rounded, of the pixels that share a chroma sample.
void HalveAlpha(ConstPlane full, Plane half);

/// front * alpha + back * (1 - alpha), alpha / 255, rounded to the nearest. All planes have one
/// size; the target may be `front` or `back`.
void Blend(ConstPlane front, ConstPlane alpha, ConstPlane back, Plane target);
void BlendReference(ConstPlane front, ConstPlane alpha, ConstPlane back, Plane target);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_COMPOSE_MATTE_H_
