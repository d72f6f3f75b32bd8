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
  PaddedPicture(ColorRange range, int width, int height, bool has_alpha = false);

  PictureView view() const { return view_; }
  /// As large as luma; no data unless asked for.
  Plane alpha() const { return alpha_; }
  bool empty() const { return memory_.size() == 0; }

 private:
  AlignedBytes memory_;
  PictureView view_;
  Plane alpha_;
};

/// Bytes that one without alpha takes.
size_t PaddedBytes(int width, int height);

/// Scales kYuv420 pictures of one size to another: bicubic, with chroma where the tags say that it
/// lies; matrix and range become those of `to`. What a pixel becomes depends on those that lie
/// within Reach of it. Not thread-safe.
class Scaler {
 public:
  /// Throws Error (kUnsupported) for sizes that cannot be had.
  Scaler(int width, int height, int to_width, int to_height, const ColorTags& from,
         const ColorTags& to);
  ~Scaler();

  /// `target` is of a PaddedPicture.
  void Scale(ConstPictureView source, PictureView target);
  /// The same of a plane of alpha.
  void ScaleAlpha(ConstPlane source, Plane target);
  /// Pixels of the result, from where a changed pixel comes to lie, that may change with it.
  static int Reach(int size, int to_size);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace mouthpiece

#endif  // MOUTHPIECE_MEDIA_SCALER_H_
