// Planes of samples and pictures of three planes: views borrow, Picture owns.
#ifndef MOUTHPIECE_IMAGE_IMAGE_H_
#define MOUTHPIECE_IMAGE_IMAGE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <span>
#include <type_traits>
#include <vector>

#include "mouthpiece/types.h"

namespace mouthpiece {

/// Borrowed plane of T samples. `stride` is the distance of two rows in bytes and may be negative.
template <typename T>
struct PlaneView {
  T* data = nullptr;
  ptrdiff_t stride = 0;
  int width = 0;
  int height = 0;

  T* row(int y) const {
    using Byte = std::conditional_t<std::is_const_v<T>, const std::byte, std::byte>;
    return reinterpret_cast<T*>(reinterpret_cast<Byte*>(data) + y * stride);
  }
  operator PlaneView<const T>() const  // NOLINT: a view of mutable samples is also a const one
      requires(!std::is_const_v<T>) {
    return {data, stride, width, height};
  }
};

using Plane = PlaneView<uint8_t>;
using ConstPlane = PlaneView<const uint8_t>;

/// Value range of YUV samples: limited is 16..235 (luma) and 16..240 (chroma), full is 0..255.
enum class ColorRange { kLimited, kFull };

/// What three planes mean.
enum class PixelFormat {
  kYuv420,     ///< Y, U, V; chroma planes are (width+1)/2 x (height+1)/2
  kBgrPlanar,  ///< B, G, R; all of full size
};

/// Borrowed picture of three planes. Width and height are those of plane 0.
template <typename T>
struct BasicPictureView {
  PixelFormat format = PixelFormat::kYuv420;
  ColorRange range = ColorRange::kLimited;  ///< Meaningful for kYuv420 only.
  PlaneView<T> planes[3];

  int width() const { return planes[0].width; }
  int height() const { return planes[0].height; }
  operator BasicPictureView<const T>() const  // NOLINT
      requires(!std::is_const_v<T>) {
    return {format, range, {planes[0], planes[1], planes[2]}};
  }
};

using PictureView = BasicPictureView<uint8_t>;
using ConstPictureView = BasicPictureView<const uint8_t>;

/// Memory for SIMD use: starts on a 64-byte boundary and has 64 readable bytes past its end.
class AlignedBytes {
 public:
  static constexpr size_t kAlignment = 64;
  static constexpr size_t kPadding = 64;

  AlignedBytes() = default;
  explicit AlignedBytes(size_t size)
      : data_(static_cast<uint8_t*>(::operator new(size + kPadding, std::align_val_t(kAlignment)))),
        size_(size) {}

  uint8_t* data() const { return data_.get(); }
  size_t size() const { return size_; }

 private:
  struct Free {
    void operator()(uint8_t* p) const { ::operator delete(p, std::align_val_t(kAlignment)); }
  };
  std::unique_ptr<uint8_t, Free> data_;
  size_t size_ = 0;
};

/// Owned picture; move-only. Planes lie one after the other without padding between rows
/// (stride == width), so `bytes()` is all that it costs. Contents start undefined.
class Picture {
 public:
  Picture() = default;
  Picture(PixelFormat format, ColorRange range, int width, int height);

  PictureView view() { return view_; }
  ConstPictureView view() const { return view_; }
  size_t bytes() const { return memory_.size(); }
  bool empty() const { return memory_.size() == 0; }

 private:
  AlignedBytes memory_;
  PictureView view_;
};

/// Bytes of a Picture of that format and size. Sizes are positive and below 2^15.
size_t PictureBytes(PixelFormat format, int width, int height);

/// Copies pixels between pictures of the same format and size.
void CopyPicture(ConstPictureView source, PictureView target);

/// The samples of `part` of a 4:2:0 picture, whose origin is even. `View`: PictureView or
/// ConstPictureView.
template <typename View>
View PartOf(View picture, const Rect& part) {
  for (int p = 0; p < 3; ++p) {
    const int half = p > 0 ? 1 : 0;
    auto& plane = picture.planes[p];
    plane.data = plane.row(part.y1 >> half) + (part.x1 >> half);
    plane.width = (part.width() + half) >> half;
    plane.height = (part.height() + half) >> half;
  }
  return picture;
}

}  // namespace mouthpiece

#endif  // MOUTHPIECE_IMAGE_IMAGE_H_
