#include "media/codec_choice.h"

#include <algorithm>
#include <cctype>
#include <set>

#include "media/video_writer.h"
#include "mouthpiece/error.h"

namespace mouthpiece {
namespace {

struct Container {
  const char* suffix;
  const char* muxer;
  const char* encoder;
};

constexpr Container kContainers[] = {
    {".mp4", "mp4", "libx264"},
    {".mkv", "matroska", "libx264"},
    {".mov", "mov", "libx264"},
    {".avi", "avi", "mjpeg"},
};

const Container* Find(const std::filesystem::path& path) {
  std::string suffix = path.extension().string();
  std::transform(suffix.begin(), suffix.end(), suffix.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const auto* found =
      std::find_if(std::begin(kContainers), std::end(kContainers),
                   [&suffix](const Container& container) { return suffix == container.suffix; });
  return found == std::end(kContainers) ? nullptr : found;
}

bool Holds(const AVOutputFormat& container, const AVCodec& codec) {
  return avformat_query_codec(&container, codec.id, FF_COMPLIANCE_NORMAL) == 1;
}

std::string EncodersFor(const AVOutputFormat& container) {
  std::set<std::string> names;
  void* position = nullptr;
  while (const AVCodec* codec = av_codec_iterate(&position)) {
    if (codec->type == AVMEDIA_TYPE_VIDEO && av_codec_is_encoder(codec) != 0 &&
        (codec->capabilities & (AV_CODEC_CAP_HARDWARE | AV_CODEC_CAP_EXPERIMENTAL)) == 0 &&
        Holds(container, *codec)) {
      names.insert(codec->name);
    }
  }
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "" : ", ") + name;
  return list;
}

}  // namespace

bool HasVideoSuffix(const std::filesystem::path& path) { return Find(path) != nullptr; }

namespace media {

const AVOutputFormat& ContainerFor(const std::filesystem::path& path) {
  const Container* container = Find(path);
  if (container == nullptr) {
    throw Error(ErrorCode::kInvalidArgument,
                path.string() + ": no video container of this suffix; .mp4, .mkv, .mov or .avi");
  }
  const AVOutputFormat* format = av_guess_format(container->muxer, nullptr, nullptr);
  if (format == nullptr) {
    throw Error(ErrorCode::kUnsupported,
                path.string() + ": this libavformat cannot write " + std::string(container->muxer));
  }
  return *format;
}

const AVCodec& VideoEncoderFor(const std::filesystem::path& path, const AVOutputFormat& container,
                               const std::string& name) {
  const std::string wanted = name.empty() ? Find(path)->encoder : name;
  const AVCodec* codec = avcodec_find_encoder_by_name(wanted.c_str());
  const char* problem = codec == nullptr                    ? "is no encoder of this libavcodec"
                        : codec->type != AVMEDIA_TYPE_VIDEO ? "is no video encoder"
                        : !Holds(container, *codec)         ? "does not fit the container"
                                                            : nullptr;
  if (problem != nullptr) {
    throw Error(ErrorCode::kInvalidArgument, path.string() + ": '" + wanted + "' " + problem +
                                                 "; possible here: " + EncodersFor(container));
  }
  return *codec;
}

}  // namespace media
}  // namespace mouthpiece
