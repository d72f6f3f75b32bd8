#include "media/ffmpeg.h"

#include <mutex>
#include <new>
#include <string>

#include "base/no_fork.h"
#include "mouthpiece/error.h"

namespace mouthpiece::media {
namespace {

constexpr size_t kMostAtOnce = (size_t{256} << 20) - 1;

bool IsFullRange(const AVCodecParameters& parameters) {
  switch (parameters.format) {
    case AV_PIX_FMT_YUVJ420P:
    case AV_PIX_FMT_YUVJ422P:
    case AV_PIX_FMT_YUVJ440P:
    case AV_PIX_FMT_YUVJ444P:
      return true;
    default:
      return parameters.color_range == AVCOL_RANGE_JPEG;
  }
}

int IsCancelled(void* token) { return static_cast<const CancelToken*>(token)->cancelled() ? 1 : 0; }

/// `name` is what messages call `url`, and `protocol` the only one that may be used.
InputPtr Open(const std::string& url, const char* protocol, const std::string& name,
              const CancelToken* cancel) {
  TameFfmpeg();
  AVFormatContext* raw = avformat_alloc_context();
  if (raw == nullptr) throw std::bad_alloc();
  if (cancel != nullptr) raw->interrupt_callback = {IsCancelled, const_cast<CancelToken*>(cancel)};
  AVDictionary* options = nullptr;
  av_dict_set(&options, "protocol_whitelist", protocol, 0);
  const int opened = avformat_open_input(&raw, url.c_str(), nullptr, &options);  // frees it if not
  av_dict_free(&options);
  const auto fail = [&](const char* what, int code) {
    if (cancel != nullptr) cancel->ThrowIfCancelled();
    throw Error(ErrorCode::kBadMedia, name + ": " + what + ": " + ErrorText(code));
  };
  if (opened < 0) fail("cannot be opened", opened);
  InputPtr input(raw);
  const int found = avformat_find_stream_info(raw, nullptr);
  if (found < 0) fail("no media streams", found);
  return input;
}

}  // namespace

void TameFfmpeg() {
  static std::once_flag once;
  std::call_once(once, [] {
    av_log_set_callback([](void*, int, const char*, va_list) {});
    av_max_alloc(kMostAtOnce);
  });
}

std::string ErrorText(int code) {
  if (code == AVERROR(ENOMEM)) return "wants more memory than a good file does, or than there is";
  char text[AV_ERROR_MAX_STRING_SIZE] = {};
  av_strerror(code, text, sizeof(text));
  return text;
}

InputPtr OpenInput(const std::filesystem::path& path, const CancelToken* cancel) {
  // A media file may refer to others (HLS, concat ...): nothing but plain files is opened.
  return Open("file:" + path.string(), "file", path.string(), cancel);
}

InputPtr OpenPartOfFile(const std::filesystem::path& path, int64_t start, int64_t end,
                        const CancelToken* cancel) {
  return Open("subfile,,start," + std::to_string(start) + ",end," + std::to_string(end) +
                  ",,:file:" + path.string(),
              "subfile,file", path.string(), cancel);
}

InputPtr OpenStandardInput(const CancelToken* cancel) {
  return Open("pipe:0", "pipe", NameOfInput(kStandardInput), cancel);
}

std::string NameOfInput(const std::filesystem::path& path) {
  return path == kStandardInput ? "standard input" : path.string();
}

int OpenCodec(AVCodecContext& context, const AVCodec& codec) {
  const NoFork no_fork;
  return avcodec_open2(&context, &codec, nullptr);
}

CodecContextPtr OpenVideoDecoder(const std::filesystem::path& path, const AVStream& stream,
                                 int threads, bool with_alpha) {
  const AVCodecParameters& parameters = *stream.codecpar;
  const AVCodec* codec = avcodec_find_decoder(parameters.codec_id);
  // FFmpeg's own decoders leave out the second stream that alpha is in.
  const char* const other = parameters.codec_id == AV_CODEC_ID_VP9   ? "libvpx-vp9"
                            : parameters.codec_id == AV_CODEC_ID_VP8 ? "libvpx"
                                                                     : nullptr;
  if (with_alpha && other != nullptr) {
    codec = avcodec_find_decoder_by_name(other);
    if (codec == nullptr) {
      throw Error(ErrorCode::kUnsupported, path.string() + ": transparency is decoded by " + other +
                                               ", which this FFmpeg lacks");
    }
  }
  if (codec == nullptr) {
    throw Error(ErrorCode::kUnsupported,
                path.string() + ": no decoder for " + avcodec_get_name(parameters.codec_id));
  }
  CodecContextPtr context(avcodec_alloc_context3(codec));
  if (!context) throw std::bad_alloc();
  context->pkt_timebase = stream.time_base;
  context->thread_count = threads;
  context->thread_type = FF_THREAD_FRAME;  // slices change nothing for one-slice pictures
  // What is cropped on the left goes exactly, and not only as far as memory stays aligned.
  context->flags |= AV_CODEC_FLAG_UNALIGNED;
  int status = avcodec_parameters_to_context(context.get(), &parameters);
  if (status >= 0) status = OpenCodec(*context, *codec);
  if (status < 0) {
    throw Error(ErrorCode::kBadMedia,
                path.string() + ": its decoder cannot be opened: " + ErrorText(status));
  }
  return context;
}

ColorTags ColorTagsOf(const AVCodecParameters& parameters) {
  ColorTags tags;
  tags.primaries = parameters.color_primaries;
  tags.transfer = parameters.color_trc;
  // RGB pictures are converted with BT.601.
  tags.matrix =
      parameters.color_space == AVCOL_SPC_RGB ? AVCOL_SPC_BT470BG : parameters.color_space;
  tags.chroma_location = parameters.chroma_location;
  tags.range = IsFullRange(parameters) ? ColorRange::kFull : ColorRange::kLimited;
  return tags;
}

}  // namespace mouthpiece::media
