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

FrameLayout::FrameLayout(const Package& package) : geometry_(package.geometry) {
  full_ = Append(package.full_body, PixelFormat::kYuv420, package.color.range);
  roi_ = Append(package.rois, FaceFormat(package.rois), FaceRange(package.rois));
  masked_ = Append(package.model_inputs, FaceFormat(package.model_inputs),
                   FaceRange(package.model_inputs));
  ring_offset_ = bytes_;
  bytes_ += RoundUp(RingView::Bytes(geometry_));
}

FrameLayout::Part FrameLayout::Append(const PictureSource& source, PixelFormat format,
                                      ColorRange range) {
  const size_t bytes = PictureBytes(format, source.width, source.height);
  const Part part{format, range, source.width, source.height, bytes_, bytes};
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
