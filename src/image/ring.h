// The only part of the face crop that is ever visible: its border.
#ifndef MOUTHPIECE_IMAGE_RING_H_
#define MOUTHPIECE_IMAGE_RING_H_

#include "image/image.h"

namespace mouthpiece {

/// How the network's square lies in the face crop: crop[margin : margin+inner] in both
/// directions, crop == inner + 2*margin. SyncTalk_2D: 328, 320, 4.
struct FaceGeometry {
  int crop = 328;
  int inner = 320;

  int margin() const { return (crop - inner) / 2; }
  bool operator==(const FaceGeometry&) const = default;
};

/// Border of `margin` pixels of a square face crop, 8-bit, three channels in the order B, G, R.
/// One channel after the other; in each: `margin` rows of `crop` pixels (top), `margin` rows of
/// `crop` (bottom), then `inner` rows of 2*margin: left pixels, right pixels.
struct RingView {
  const uint8_t* data = nullptr;
  FaceGeometry geometry;

  static size_t ChannelBytes(FaceGeometry g) {
    return static_cast<size_t>(2 * g.margin()) * static_cast<size_t>(g.crop + g.inner);
  }
  static size_t Bytes(FaceGeometry g) { return 3 * ChannelBytes(g); }

  /// Row `y` of the crop, 0 <= y < margin or crop-margin <= y < crop: `crop` pixels.
  const uint8_t* FullRow(int channel, int y) const {
    const int m = geometry.margin();
    const int row = y < m ? y : m + y - (geometry.crop - m);
    return Channel(channel) + static_cast<size_t>(row) * static_cast<size_t>(geometry.crop);
  }
  /// Row `y` of the crop, margin <= y < crop-margin: margin left pixels, then margin right ones.
  const uint8_t* SideRow(int channel, int y) const {
    const int m = geometry.margin();
    return Channel(channel) + static_cast<size_t>(2 * m) * static_cast<size_t>(geometry.crop) +
           static_cast<size_t>(y - m) * static_cast<size_t>(2 * m);
  }

 private:
  const uint8_t* Channel(int channel) const {
    return data + static_cast<size_t>(channel) * ChannelBytes(geometry);
  }
};

/// Cuts the ring out of a whole crop. `crop` is kBgrPlanar of geometry.crop squared; `ring` has
/// RingView::Bytes(geometry).
void ExtractRing(ConstPictureView crop, FaceGeometry geometry, uint8_t* ring);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_IMAGE_RING_H_
