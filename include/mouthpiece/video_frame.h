// One finished picture, lent to the caller.
#ifndef MOUTHPIECE_VIDEO_FRAME_H_
#define MOUTHPIECE_VIDEO_FRAME_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "mouthpiece/export.h"
#include "mouthpiece/types.h"

namespace mouthpiece {

/// 8-bit samples of one plane, to be read only. Rows are `stride` bytes apart.
struct FramePlane {
  const uint8_t* data = nullptr;
  ptrdiff_t stride = 0;
  int width = 0;
  int height = 0;
};

/// A picture in YUV 4:2:0, for reading until it is destroyed. Movable; may be read, moved and
/// destroyed by any thread, also after what gave it is gone.
///
/// Its planes are those of the frame cache or a copy. While a frame of the cache lives, that cache
/// lives. The giver lends eight at most at a time; those beyond, while the eight are still held,
/// are copies. So any number may be kept, at the cost of their planes' bytes.
class MOUTHPIECE_EXPORT VideoFrame {
 public:
  VideoFrame();  ///< None
  ~VideoFrame();
  VideoFrame(VideoFrame&&) noexcept;
  VideoFrame& operator=(VideoFrame&&) noexcept;

  explicit operator bool() const { return state_ != nullptr; }

  /// In pixels. All that follows is for a frame that is not none.
  int width() const;
  int height() const;
  /// Position in the output, counted from 0 at the first frame rendered.
  int64_t output_index() const;
  /// The avatar's frame that it shows, 0-based.
  int source_index() const;
  /// Plane 0: Y, height x width. Planes 1 and 2: U and V, (height+1)/2 x (width+1)/2.
  FramePlane plane(int i) const;

  /// Converts to `pixels` of 3 * width * height bytes, row after row, by the matrix and the range
  /// of the avatar's video. Limited BT.601, also where no matrix is given, as OpenCV's VideoCapture
  /// does, bit for bit.
  void CopyPixels(PixelOrder order, std::span<uint8_t> pixels) const;

  struct MOUTHPIECE_HIDDEN State;  // src/render/lent_frame.h
  explicit VideoFrame(std::unique_ptr<State> state);

 private:
  std::unique_ptr<State> state_;
};

}  // namespace mouthpiece

#endif  // MOUTHPIECE_VIDEO_FRAME_H_
