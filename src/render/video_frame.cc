#include "mouthpiece/video_frame.h"

#include <string>
#include <utility>

#include "image/pixels.h"
#include "mouthpiece/error.h"
#include "render/lent_frame.h"

namespace mouthpiece {

namespace {

std::unique_ptr<VideoFrame::State> StateOf(const Frame& frame, YuvMatrix matrix) {
  auto state = std::make_unique<VideoFrame::State>();
  state->output_index = frame.output_index;
  state->source_index = frame.source_index;
  state->matrix = matrix;
  return state;
}

}  // namespace

VideoFrame CopyFrame(Frame frame, YuvMatrix matrix) {
  auto state = StateOf(frame, matrix);
  const ConstPictureView source = frame.picture();
  state->copy = Picture(source.format, source.range, source.width(), source.height());
  CopyPicture(source, state->copy.view());
  state->picture = state->copy.view();
  return VideoFrame(std::move(state));
}

VideoFrame LendFrame(Frame frame, std::shared_ptr<FrameOrigin> origin) {
  if (++origin->lent > kMostLent) {
    --origin->lent;
    return CopyFrame(std::move(frame), origin->matrix);
  }
  auto state = StateOf(frame, origin->matrix);
  state->picture = frame.picture();
  state->lent = OfProcess(std::make_unique<LentFrame>(std::move(frame), std::move(origin)));
  return VideoFrame(std::move(state));
}

VideoFrame::VideoFrame() = default;
VideoFrame::VideoFrame(std::unique_ptr<State> state) : state_(std::move(state)) {}
VideoFrame::~VideoFrame() = default;
VideoFrame::VideoFrame(VideoFrame&&) noexcept = default;
VideoFrame& VideoFrame::operator=(VideoFrame&&) noexcept = default;

int VideoFrame::width() const { return state_->picture.width(); }
int VideoFrame::height() const { return state_->picture.height(); }
int64_t VideoFrame::output_index() const { return state_->output_index; }
int VideoFrame::source_index() const { return state_->source_index; }

FramePlane VideoFrame::plane(int i) const {
  const ConstPlane& plane = state_->picture.planes[i];
  return {plane.data, plane.stride, plane.width, plane.height};
}

void VideoFrame::CopyPixels(PixelOrder order, std::span<uint8_t> pixels) const {
  const size_t expected = 3 * static_cast<size_t>(width()) * static_cast<size_t>(height());
  if (pixels.size() != expected) {
    throw Error(ErrorCode::kInvalidArgument, "pixels: expected " + std::to_string(expected) +
                                                 " bytes, found " + std::to_string(pixels.size()));
  }
  YuvToPixels(state_->picture, order, pixels.data(), state_->matrix);
}

}  // namespace mouthpiece
