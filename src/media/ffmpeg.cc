#include "media/ffmpeg.h"

#include <mutex>

#include "mouthpiece/error.h"

namespace mouthpiece::media {
namespace {

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

}  // namespace

void SilenceLog() {
  static std::once_flag once;
  std::call_once(once, [] { av_log_set_callback([](void*, int, const char*, va_list) {}); });
}

std::string ErrorText(int code) {
  char text[AV_ERROR_MAX_STRING_SIZE] = {};
  av_strerror(code, text, sizeof(text));
  return text;
}

InputPtr OpenInput(const std::filesystem::path& path) {
  SilenceLog();
  AVFormatContext* raw = nullptr;
  AVDictionary* options = nullptr;
  // A media file may refer to others (HLS, concat ...): nothing but plain files is opened.
  av_dict_set(&options, "protocol_whitelist", "file", 0);
  const std::string url = "file:" + path.string();
  const int opened = avformat_open_input(&raw, url.c_str(), nullptr, &options);
  av_dict_free(&options);
  if (opened < 0) {
    throw Error(ErrorCode::kBadMedia, path.string() + ": cannot be opened: " + ErrorText(opened));
  }
  InputPtr input(raw);
  const int found = avformat_find_stream_info(raw, nullptr);
  if (found < 0) {
    throw Error(ErrorCode::kBadMedia, path.string() + ": no media streams: " + ErrorText(found));
  }
  return input;
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
