// Where the parts of one avatar frame lie in its block of memory.
#ifndef MOUTHPIECE_STORE_FRAME_LAYOUT_H_
#define MOUTHPIECE_STORE_FRAME_LAYOUT_H_

#include <cstddef>
#include <cstdint>

#include "avatar/package.h"
#include "image/image.h"
#include "store/frame_store.h"

namespace mouthpiece {

/// One frame with its face in one block: full frame, ROI, masked ROI, ring. Each part starts on
/// a 64-byte boundary when the block does. Full frames are kYuv420 of the package's range; faces
/// are kYuv420 as decoded, or kBgrPlanar when they come from images.
class FrameLayout {
 public:
  explicit FrameLayout(const Package& package);
  /// With a full frame of `width` x `height` instead of the package's.
  FrameLayout(const Package& package, int width, int height);

  /// Bytes of a block, a multiple of 64.
  size_t bytes() const { return bytes_; }
  size_t full_bytes() const { return full_.bytes; }
  int width() const { return full_.width; }
  int height() const { return full_.height; }

  PictureView full(uint8_t* block) const { return View(full_, block); }
  PictureView roi(uint8_t* block) const { return View(roi_, block); }
  PictureView masked(uint8_t* block) const { return View(masked_, block); }
  uint8_t* ring(uint8_t* block) const { return block + ring_offset_; }
  FaceGeometry geometry() const { return geometry_; }

  Face face(uint8_t* block) const { return {roi(block), masked(block), {ring(block), geometry_}}; }

 private:
  struct Part {
    PixelFormat format = PixelFormat::kYuv420;
    ColorRange range = ColorRange::kLimited;
    int width = 0;
    int height = 0;
    size_t offset = 0;
    size_t bytes = 0;
  };

  Part Append(int width, int height, PixelFormat format, ColorRange range);
  static PictureView View(const Part& part, uint8_t* block);

  FaceGeometry geometry_;
  size_t bytes_ = 0;
  Part full_;
  Part roi_;
  Part masked_;
  size_t ring_offset_ = 0;
};

}  // namespace mouthpiece

#endif  // MOUTHPIECE_STORE_FRAME_LAYOUT_H_
