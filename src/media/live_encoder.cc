#include "media/live_encoder.h"

#include <algorithm>
#include <new>
#include <string>

#include "mouthpiece/error.h"

namespace mouthpiece::media {
namespace {

constexpr int kFramesASecond = 25;
constexpr int kFramesAKey = 50;
constexpr char kPreset[] = "veryfast";
constexpr char kQuickPreset[] = "superfast";
constexpr char kQuality[] = "23";
/// Bits of a pixel where no rate is asked for: 4.6 Mbit/s of 720p, which quality seldom reaches.
constexpr double kMostBitsAPixel = 0.2;
/// Of a second's bits: what a picture may have at once.
constexpr int kBufferShare = 4;

void Set(AVCodecContext& context, const char* option, const char* value) {
  const int status = av_opt_set(context.priv_data, option, value, 0);
  if (status < 0) {
    throw Error(ErrorCode::kUnsupported,
                std::string("libx264 does not take ") + option + ": " + ErrorText(status));
  }
}

[[noreturn]] void Fail(int status) {
  throw Error(ErrorCode::kInternal, "encoding live video failed: " + ErrorText(status));
}

/// The plane as FFmpeg counts its references; who calls keeps the bytes.
AVBufferRef* Borrow(const PlaneView<const uint8_t>& plane) {
  const auto size = static_cast<size_t>(plane.stride) * static_cast<size_t>(plane.height - 1) +
                    static_cast<size_t>(plane.width);
  AVBufferRef* buffer = av_buffer_create(
      const_cast<uint8_t*>(plane.data), size, [](void*, uint8_t*) {}, nullptr,
      AV_BUFFER_FLAG_READONLY);
  if (buffer == nullptr) throw std::bad_alloc();
  return buffer;
}

}  // namespace

LiveEncoder::LiveEncoder(const LiveEncoderSettings& settings)
    : frame_(av_frame_alloc()), packet_(av_packet_alloc()) {
  if (frame_ == nullptr || packet_ == nullptr) throw std::bad_alloc();
  TameFfmpeg();
  const AVCodec* codec = avcodec_find_encoder_by_name("libx264");
  if (codec == nullptr) {
    throw Error(ErrorCode::kUnsupported, "live video: this libavcodec has no libx264");
  }
  if (settings.width % 2 != 0 || settings.height % 2 != 0) {
    throw Error(ErrorCode::kUnsupported, "live video: expected pictures of an even size, found " +
                                             std::to_string(settings.width) + "x" +
                                             std::to_string(settings.height));
  }
  context_.reset(avcodec_alloc_context3(codec));
  if (context_ == nullptr) throw std::bad_alloc();
  AVCodecContext& context = *context_;
  context.log_level_offset = AV_LOG_TRACE;
  context.width = settings.width;
  context.height = settings.height;
  context.pix_fmt = AV_PIX_FMT_YUV420P;
  context.time_base = {1, kFramesASecond};
  context.framerate = {kFramesASecond, 1};
  context.thread_count = 1;  // as many sessions as cores speak at a time
  context.max_b_frames = 0;
  context.gop_size = kFramesAKey;
  context.color_primaries = static_cast<AVColorPrimaries>(settings.color.primaries);
  context.color_trc = static_cast<AVColorTransferCharacteristic>(settings.color.transfer);
  context.colorspace = static_cast<AVColorSpace>(settings.color.matrix);
  context.color_range =
      settings.color.range == ColorRange::kFull ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
  context.chroma_sample_location = static_cast<AVChromaLocation>(settings.color.chroma_location);
  const double pixels = static_cast<double>(settings.width) * settings.height;
  const int64_t rate = settings.bitrate > 0
                           ? settings.bitrate
                           : static_cast<int64_t>(pixels * kFramesASecond * kMostBitsAPixel);
  context.rc_max_rate = std::max<int64_t>(rate, 100'000);
  context.rc_buffer_size = static_cast<int>(context.rc_max_rate / kBufferShare);
  Set(context, "preset", settings.quick ? kQuickPreset : kPreset);
  Set(context, "tune", "zerolatency");
  Set(context, "crf", kQuality);
  Set(context, "forced-idr", "1");
  Set(context, "sc_threshold", "0");
  Set(context, "weightp", "0");  // for fades, of which there are none
  const int status = OpenCodec(context, *codec);
  if (status < 0) Fail(status);
}

AccessUnit LiveEncoder::Encode(const ConstPictureView& picture, bool key) {
  AVFrame& frame = *frame_;
  frame.format = AV_PIX_FMT_YUV420P;
  frame.width = picture.width();
  frame.height = picture.height();
  for (int i = 0; i < 3; ++i) {
    frame.buf[i] = Borrow(picture.planes[i]);
    frame.data[i] = const_cast<uint8_t*>(picture.planes[i].data);
    frame.linesize[i] = static_cast<int>(picture.planes[i].stride);
  }
  frame.color_range = context_->color_range;
  frame.pts = frames_++;
  frame.pict_type = key ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_NONE;
  int status = avcodec_send_frame(context_.get(), &frame);
  av_frame_unref(&frame);
  if (status >= 0) status = avcodec_receive_packet(context_.get(), packet_.get());
  if (status < 0) Fail(status);
  AccessUnit unit;
  unit.bytes.assign(packet_->data, packet_->data + packet_->size);
  unit.key = (packet_->flags & AV_PKT_FLAG_KEY) != 0;
  av_packet_unref(packet_.get());
  return unit;
}

H264Headers LiveHeadersOf(const AccessUnit& key) {
  H264Headers headers = ReadH264Headers(key.bytes);
  if (headers.most_reordered != 0) {
    throw Error(ErrorCode::kUnsupported,
                "live video: expected a stream of which no decoder holds frames back, found " +
                    std::to_string(headers.most_reordered) + " that may be reordered");
  }
  return headers;
}

}  // namespace mouthpiece::media
