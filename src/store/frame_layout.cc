#include "store/frame_layout.h"

namespace mouthpiece {
namespace {

size_t RoundUp(size_t bytes) {
  return (bytes + AlignedBytes::kAlignment - 1) / AlignedBytes::kAlignment *
         AlignedBytes::kAlignment;
}

PixelFormat FaceFormat(const PictureSource& source) {
  return source.video ? PixelFormat::kYuv420 : PixelFormat::kBgrPlanar;
}

ColorRange FaceRange(const PictureSource& source) {
  return source.video ? source.video->color.range : ColorRange::kFull;
}

}  // namespace

FrameLayout::FrameLayout(const Package& package)
    : FrameLayout(package, package.full_body.width, package.full_body.height) {}

FrameLayout::FrameLayout(const Package& package, int width, int height)
    : geometry_(package.geometry) {
  const auto face = [this](const PictureSource& source) {
    return Append(source.width, source.height, FaceFormat(source), FaceRange(source));
  };
  full_ = Append(width, height, PixelFormat::kYuv420, package.color.range);
  roi_ = face(package.rois);
  masked_ = face(package.model_inputs);
  ring_offset_ = bytes_;
  bytes_ += RoundUp(RingView::Bytes(geometry_));
}

FrameLayout::Part FrameLayout::Append(int width, int height, PixelFormat format, ColorRange range) {
  const size_t bytes = PictureBytes(format, width, height);
  const Part part{format, range, width, height, bytes_, bytes};
  bytes_ += RoundUp(bytes);
  return part;
}

PictureView FrameLayout::View(const Part& part, uint8_t* block) {
  PictureView view;
  view.format = part.format;
  view.range = part.range;
  uint8_t* data = block + part.offset;
  for (int p = 0; p < 3; ++p) {
    const bool half = part.format == PixelFormat::kYuv420 && p > 0;
    const int width = half ? (part.width + 1) / 2 : part.width;
    const int height = half ? (part.height + 1) / 2 : part.height;
    view.planes[p] = {data, width, width, height};
    data += static_cast<ptrdiff_t>(width) * height;
  }
  return view;
}

}  // namespace mouthpiece
