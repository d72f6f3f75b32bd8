#include "media/png_encoder.h"

#include "media/ffmpeg.h"
#include "mouthpiece/error.h"

namespace mouthpiece {
namespace {

void Check(int status) {
  if (status >= 0) return;
  throw Error(ErrorCode::kInternal, "PNG encoder: " + media::ErrorText(status));
}

}  // namespace

struct PngEncoder::State {
  media::CodecContextPtr context;
  media::FramePtr frame{av_frame_alloc()};
  media::PacketPtr packet{av_packet_alloc()};
};

PngEncoder::PngEncoder(int width, int height, bool has_alpha) : state_(std::make_unique<State>()) {
  const AVCodec* codec = avcodec_find_encoder(AV_CODEC_ID_PNG);
  if (codec == nullptr) {
    throw Error(ErrorCode::kUnsupported, "this libavcodec has no PNG encoder");
  }
  state_->context.reset(avcodec_alloc_context3(codec));
  AVCodecContext* context = state_->context.get();
  AVFrame* frame = state_->frame.get();
  if (context == nullptr || frame == nullptr || state_->packet == nullptr) throw std::bad_alloc();
  context->log_level_offset = AV_LOG_TRACE;
  context->width = frame->width = width;
  context->height = frame->height = height;
  context->pix_fmt = has_alpha ? AV_PIX_FMT_RGBA : AV_PIX_FMT_RGB24;
  frame->format = context->pix_fmt;
  context->time_base = {1, 25};
  context->thread_count = 1;
  Check(media::OpenCodec(*context, *codec));
  Check(av_frame_get_buffer(frame, 0));
}

PngEncoder::~PngEncoder() = default;

std::span<const uint8_t> PngEncoder::Encode(ConstPictureView picture, ConstPlane alpha) {
  AVFrame* frame = state_->frame.get();
  Check(av_frame_make_writable(frame));
  for (int y = 0; y < picture.height(); ++y) {
    uint8_t* out = frame->data[0] + ptrdiff_t{y} * frame->linesize[0];
    const uint8_t* b = picture.planes[0].row(y);
    const uint8_t* g = picture.planes[1].row(y);
    const uint8_t* r = picture.planes[2].row(y);
    const uint8_t* a = alpha.data == nullptr ? nullptr : alpha.row(y);
    for (int x = 0; x < picture.width(); ++x) {
      *out++ = r[x];
      *out++ = g[x];
      *out++ = b[x];
      if (a != nullptr) *out++ = a[x];
    }
  }
  AVPacket* packet = state_->packet.get();
  av_packet_unref(packet);
  Check(avcodec_send_frame(state_->context.get(), frame));
  Check(avcodec_receive_packet(state_->context.get(), packet));
  return {packet->data, static_cast<size_t>(packet->size)};
}

}  // namespace mouthpiece
