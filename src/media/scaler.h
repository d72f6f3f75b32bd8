// Pictures in another size.
#ifndef MOUTHPIECE_MEDIA_SCALER_H_
#define MOUTHPIECE_MEDIA_SCALER_H_

#include <memory>

#include "image/frame.h"
#include "image/image.h"

namespace mouthpiece {

/// A picture whose rows are padded, as libswscale and encoders like them. Owned, move-only.
class PaddedPicture {
 public:
  PaddedPicture() = default;
  PaddedPicture(ColorRange range, int width, int height);

  PictureView view() const { return view_; }
  bool empty() const { return memory_.size() == 0; }

 private:
  AlignedBytes memory_;
  PictureView view_;
};

/// Bytes that one takes.
size_t PaddedBytes(int width, int height);

/// Scales kYuv420 pictures of one size to another: bicubic, with chroma where `color` says that it
/// lies, in the same range. What a pixel becomes depends on those that lie within Reach of it. Not
/// thread-safe.
class Scaler {
 public:
  /// Throws Error (kUnsupported) for sizes that cannot be had.
  Scaler(int width, int height, int to_width, int to_height, const ColorTags& color);
  ~Scaler();

  /// `target` is of a PaddedPicture.
  void Scale(ConstPictureView source, PictureView target);
  /// Pixels of the result, from where a changed pixel comes to lie, that may change with it.
  static int Reach(int size, int to_size);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace mouthpiece

#endif  // MOUTHPIECE_MEDIA_SCALER_H_
