#include "media/ffmpeg.h"

#include "mouthpiece/error.h"

namespace mouthpiece::media {

std::string ErrorText(int code) {
  char text[AV_ERROR_MAX_STRING_SIZE] = {};
  av_strerror(code, text, sizeof(text));
  return text;
}

InputPtr OpenInput(const std::filesystem::path& path) {
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
  tags.matrix = parameters.color_space;
  tags.chroma_location = parameters.chroma_location;
  tags.range =
      parameters.color_range == AVCOL_RANGE_JPEG ? ColorRange::kFull : ColorRange::kLimited;
  return tags;
}

}  // namespace mouthpiece::media
