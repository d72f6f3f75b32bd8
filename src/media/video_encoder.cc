#include "media/video_encoder.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string_view>
#include <utility>

#include "media/codec_choice.h"
#include "mouthpiece/error.h"

namespace mouthpiece::media {
namespace {

// x264's default here: of the settings that bench/encoder_table.py compares, the cheapest that
// does not pay for it in bits (docs/benchmarks.md, "The encoder"). Most of that is superfast's
// doing; weighing bits by how long they are seen (mbtree), which superfast leaves out, pays for
// itself where the background stands still, and choosing where B-frames go (b_strategy), which
// superfast does, gains nothing there.
constexpr char kX264Preset[] = "superfast";
constexpr char kX264Lookahead[] = "20";
constexpr int kX264Crf = 20;

struct Default {
  const char* encoder;
  const char* name;
  const char* value;
};

// Encoders whose own defaults take a second a frame. VP9 in real time takes a quarter of what
// "good" takes at the same speed, for a sixth more bytes (docs/outputs.md).
constexpr Default kDefaults[] = {{"libvpx-vp9", "deadline", "realtime"},
                                 {"libvpx-vp9", "cpu-used", "5"},
                                 {"libvpx-vp9", "row-mt", "1"},
                                 {"libaom-av1", "cpu-used", "8"}};
constexpr int kVp9Crf = 32;

bool HasOption(const AVCodec& codec, const char* option) {
  // The address of a class pointer is what stands for "an object of that class" here.
  const AVClass* options = codec.priv_class;
  return options != nullptr &&
         av_opt_find(&options, option, nullptr, 0, AV_OPT_SEARCH_FAKE_OBJ) != nullptr;
}

/// What keeps the machine out of what x264 makes.
std::string X264SameOnAnyMachine() {
  // How far motion vectors may reach, how the lookahead is divided and what direct=auto learns
  // depend on the number of threads unless they are given. The reach of 64 samples a frame leaves
  // room for ten frames of 720p to be encoded at a time.
  std::string settings = "mvrange=64:mvrange-thread=64:lookahead-threads=1:direct=spatial";
#if defined(__x86_64__)
  // With AVX-512, x264's mbtree reads memory that it never wrote when the width is no multiple of
  // 128: the same frames give other bits from one run to the next (seen in builds 164 r3095).
  if (__builtin_cpu_supports("avx512f")) settings += ":asm=AVX2,FMA3,BMI2";
#endif
  return settings;
}

bool IsX26(const AVCodec& codec) { return std::strncmp(codec.name, "libx26", 6) == 0; }

/// More are an error that says nothing of threads. The same on all machines: some encoders' output
/// depends on it.
int MostThreads(const AVCodec& codec) {
  constexpr int kX265Frames = 16;
  constexpr int kFrameThreads = 64;
  return std::strcmp(codec.name, "libx265") == 0 ? kX265Frames : kFrameThreads;
}

[[noreturn]] void Refuse(const std::string& file, const std::string& why) {
  throw Error(ErrorCode::kInvalidArgument, file + ": " + why);
}

void SetOption(AVCodecContext& context, const std::string& file, const char* option,
               const std::string& value) {
  if (!HasOption(*context.codec, option)) {
    Refuse(file, std::string("encoder ") + context.codec->name + " has no " + option);
  }
  const int status = av_opt_set(context.priv_data, option, value.c_str(), 0);
  if (status < 0) {
    Refuse(file, std::string("encoder ") + context.codec->name + " does not take " + option + " " +
                     value + ": " + ErrorText(status));
  }
}

/// x264 and x265 complain of unknown presets on stderr, which is not theirs to write to here.
void CheckPreset(const AVCodec& codec, const std::string& file, const std::string& preset) {
  constexpr std::string_view kPresets[] = {"ultrafast", "superfast", "veryfast", "faster",
                                           "fast",      "medium",    "slow",     "slower",
                                           "veryslow",  "placebo"};
  if (!IsX26(codec) ||
      std::find(std::begin(kPresets), std::end(kPresets), preset) != std::end(kPresets)) {
    return;
  }
  std::string list;
  for (const std::string_view known : kPresets) list.append(" ").append(known);
  Refuse(file, std::string("encoder ") + codec.name + " has no preset " + preset + ", but" + list);
}

/// Quantiser of FFmpeg's MPEG matrix that is about as coarse as libjpeg's tables at `quality`.
double MjpegQuantiser(int quality) {
  const double percent = quality < 50 ? 5000.0 / quality : 200.0 - 2.0 * quality;
  return std::clamp(percent / 6.0, 1.0, 31.0);
}

void SetConstantQuantiser(AVCodecContext& context, double quantiser) {
  context.flags |= AV_CODEC_FLAG_QSCALE;
  context.global_quality = static_cast<int>(std::lround(FF_QP2LAMBDA * quantiser));
}

void SetRate(AVCodecContext& context, const std::string& file, const EncodeOptions& encode) {
  const AVCodec& codec = *context.codec;
  const bool is_x264 = std::strncmp(codec.name, "libx264", 7) == 0;
  if (encode.crf && encode.bitrate > 0) Refuse(file, "crf and bitrate exclude each other");
  if (encode.bitrate < 0) Refuse(file, "a negative bitrate");
  for (const Default& option : kDefaults) {
    if (std::strcmp(codec.name, option.encoder) == 0) {
      SetOption(context, file, option.name, option.value);
    }
  }
  if (!encode.preset.empty()) {
    CheckPreset(codec, file, encode.preset);
    // What libvpx and libaom call speed.
    const bool has_speed = !HasOption(codec, "preset") && HasOption(codec, "cpu-used");
    SetOption(context, file, has_speed ? "cpu-used" : "preset", encode.preset);
  } else if (is_x264) {
    SetOption(context, file, "preset", kX264Preset);
    SetOption(context, file, "mbtree", "1");
    SetOption(context, file, "rc-lookahead", kX264Lookahead);
    SetOption(context, file, "b_strategy", "0");
  }

  if (encode.bitrate > 0) {
    context.bit_rate = encode.bitrate;
    return;
  }
  if (encode.crf && (*encode.crf < 0 || *encode.crf > 63)) {
    Refuse(file, "crf is " + std::to_string(*encode.crf) + ", not in 0..63");
  }
  if (encode.crf || is_x264) {
    SetOption(context, file, "crf", std::to_string(encode.crf.value_or(kX264Crf)));
  } else if (codec.id == AV_CODEC_ID_VP9 && HasOption(codec, "crf")) {
    SetOption(context, file, "crf", std::to_string(kVp9Crf));
  } else if (codec.id == AV_CODEC_ID_WEBP) {
    SetOption(context, file, "quality", std::to_string(encode.quality));
  } else if (codec.id == AV_CODEC_ID_MJPEG) {
    context.qmin = 1;
    SetConstantQuantiser(context, MjpegQuantiser(encode.quality));
  } else if (!HasOption(codec, "crf")) {
    // FFmpeg's default of 200 kb/s would ruin the picture.
    SetConstantQuantiser(context, 3);
  }
}

void SetColor(AVCodecContext& context, const ColorTags& color) {
  context.color_primaries = static_cast<AVColorPrimaries>(color.primaries);
  context.color_trc = static_cast<AVColorTransferCharacteristic>(color.transfer);
  context.colorspace = static_cast<AVColorSpace>(color.matrix);
  context.color_range = color.range == ColorRange::kFull ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
  context.chroma_sample_location = static_cast<AVChromaLocation>(color.chroma_location);
}

void SetFields(AVCodecContext& context, FieldOrder order) {
  if (!IsInterlaced(order)) return;
  context.flags |= AV_CODEC_FLAG_INTERLACED_DCT;
  context.field_order = order == FieldOrder::kTopFirst ? AV_FIELD_TT : AV_FIELD_BB;
}

std::string Describe(const EncodeOptions& encode) {
  std::string text;
  if (!encode.preset.empty()) text += ", preset " + encode.preset;
  if (encode.crf) text += ", crf " + std::to_string(*encode.crf);
  if (encode.bitrate > 0) text += ", bitrate " + std::to_string(encode.bitrate);
  return text;
}

/// What takes frames of an odd size, and how they become even.
std::string OddSizesElsewhere(int width, int height) {
  return "; images, .y4m and --codec ffv1 in an .mkv take any, and an avatar whose full_body "
         "pictures are cropped to " +
         std::to_string(width / 2 * 2) + "x" + std::to_string(height / 2 * 2) +
         " (ffmpeg -vf \"crop=trunc(iw/2)*2:trunc(ih/2)*2:0:0\") is even";
}

}  // namespace

VideoEncoder::VideoEncoder(const EncoderSettings& settings, EncoderInput& input,
                           int64_t first_frame)
    : name_(settings.name),
      input_(input),
      context_(avcodec_alloc_context3(settings.codec)),
      first_frame_(first_frame) {
  const AVCodec& codec = *settings.codec;
  const AVOutputFormat& container = *settings.container;
  if (context_ == nullptr) throw std::bad_alloc();
  AVCodecContext& context = *context_;
  context.log_level_offset = AV_LOG_TRACE;  // what goes wrong leaves as an Error, not on stderr
  context.width = settings.width;
  context.height = settings.height;
  context.pix_fmt = input_.pixel_format();
  context.time_base = {settings.frame_rate.den, settings.frame_rate.num};
  context.framerate = {settings.frame_rate.num, settings.frame_rate.den};
  context.sample_aspect_ratio = {settings.sample_aspect.num, settings.sample_aspect.den};
  context.thread_count = std::min(settings.threads, MostThreads(codec));
  SetColor(context, input_.color());
  SetFields(context, input_.field_order());
  SetRate(context, name_, settings.encode);
  if ((container.flags & AVFMT_GLOBALHEADER) != 0) context.flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
  // AVI has no presentation times, so frames have to be coded in the order they are shown in.
  if (std::strcmp(container.name, "avi") == 0) context.max_b_frames = 0;
  // libvpx's pictures that are never shown have no alpha.
  if (settings.has_alpha && HasOption(codec, "auto-alt-ref")) {
    av_opt_set_int(context.priv_data, "auto-alt-ref", 0, 0);
  }
  if (HasOption(codec, "x264-params")) {
    std::string parameters = X264SameOnAnyMachine();
    // From the first frame on; libavcodec tells it when it has seen one.
    if (input_.field_order() == FieldOrder::kTopFirst) parameters += ":tff=1";
    if (input_.field_order() == FieldOrder::kBottomFirst) parameters += ":bff=1";
    av_opt_set(context.priv_data, "x264-params", parameters.c_str(), 0);
  }
  if (HasOption(codec, "x265-params")) {
    av_opt_set(context.priv_data, "x265-params", "log-level=none", 0);  // x265 has a log of its own
  }
  if (codec.id == AV_CODEC_ID_HEVC && std::strcmp(container.name, "matroska") != 0) {
    context.codec_tag = MKTAG('h', 'v', 'c', '1');  // the only tag that Apple's players take
  }
  const bool is_odd = settings.width % 2 != 0 || settings.height % 2 != 0;
  const std::string size = std::to_string(settings.width) + "x" + std::to_string(settings.height);
  if (IsX26(codec) && is_odd) {
    Refuse(name_, std::string("encoder ") + codec.name + " takes even sizes only, not " + size +
                      OddSizesElsewhere(settings.width, settings.height));
  }
  const int status = OpenCodec(context, codec);
  if (status < 0) {
    if (const std::string needs = HardwareOf(codec); !needs.empty()) {
      Refuse(name_, std::string("encoder ") + codec.name + " cannot be had here: it needs " +
                        needs + " (" + ErrorText(status) + "); libx264 needs none");
    }
    Refuse(name_, std::string("encoder ") + codec.name + " does not take frames of " + size +
                      Describe(settings.encode) + ": " + ErrorText(status) +
                      (is_odd ? OddSizesElsewhere(settings.width, settings.height) : ""));
  }
}

/// SVT-AV1 waits for ever in its end if it never got a frame.
VideoEncoder::~VideoEncoder() {
  if (frames_ > 0 || std::string_view(context_->codec->name) != "libsvtav1") return;
  const FramePtr grey(av_frame_alloc());
  const PacketPtr packet(av_packet_alloc());
  if (grey == nullptr || packet == nullptr) return;
  grey->width = context_->width;
  grey->height = context_->height;
  grey->format = context_->pix_fmt;
  if (av_frame_get_buffer(grey.get(), 0) < 0) return;
  for (int plane = 0; plane < AV_NUM_DATA_POINTERS && grey->buf[plane] != nullptr; ++plane) {
    std::memset(grey->buf[plane]->data, 0x40, static_cast<size_t>(grey->buf[plane]->size));
  }
  grey->pts = 0;
  if (avcodec_send_frame(context_.get(), grey.get()) < 0) return;
  avcodec_send_frame(context_.get(), nullptr);
  while (avcodec_receive_packet(context_.get(), packet.get()) >= 0) av_packet_unref(packet.get());
}

void VideoEncoder::Fail(int status) const {
  throw Error(ErrorCode::kInternal,
              name_ + ": encoder " + context_->codec->name + " failed at frame " +
                  std::to_string(first_frame_ + frames_) + ": " + ErrorText(status));
}

void VideoEncoder::Send(Frame frame) {
  const int status = avcodec_send_frame(
      context_.get(), &input_.Take(std::move(frame), frames_, context_->global_quality));
  if (status < 0) Fail(status);
  input_.Release();
  ++frames_;
}

void VideoEncoder::SendEnd() {
  const int status = avcodec_send_frame(context_.get(), nullptr);
  if (status < 0) Fail(status);
}

bool VideoEncoder::Receive(AVPacket& packet) {
  const int status = avcodec_receive_packet(context_.get(), &packet);
  if (status == AVERROR(EAGAIN) || status == AVERROR_EOF) return false;
  if (status < 0) Fail(status);
  if (packet.duration == 0) packet.duration = 1;
  packet.pts += first_frame_;
  if (packet.dts != AV_NOPTS_VALUE) packet.dts += first_frame_;
  return true;
}

}  // namespace mouthpiece::media
