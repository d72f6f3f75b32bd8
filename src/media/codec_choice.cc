#include "media/codec_choice.h"

#include <algorithm>
#include <cctype>
#include <set>
#include <string_view>

#include "media/ffmpeg_lists.h"
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
    {".mp4", "mp4", "libx264"},        {".mkv", "matroska", "libx264"}, {".mov", "mov", "libx264"},
    {".webm", "webm", "libvpx-vp9"},   {".avi", "avi", "mjpeg"},        {".gif", "gif", "gif"},
    {".webp", "webp", "libwebp_anim"},
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

/// A picture that moves, rather than a video.
bool IsAnimation(const Container& container) {
  return container.muxer == std::string_view("gif") || container.muxer == std::string_view("webp");
}

bool Holds(const AVOutputFormat& container, const AVCodec& codec) {
  return avformat_query_codec(&container, codec.id, FF_COMPLIANCE_NORMAL) == 1;
}

std::string EncodersFor(const AVOutputFormat& container) {
  std::set<std::string> names;
  void* position = nullptr;
  while (const AVCodec* codec = av_codec_iterate(&position)) {
    if (codec->type == AVMEDIA_TYPE_VIDEO && av_codec_is_encoder(codec) != 0 &&
        (codec->capabilities & AV_CODEC_CAP_EXPERIMENTAL) == 0 &&
        media::HardwareOf(*codec).empty() && Holds(container, *codec)) {
      names.insert(codec->name);
    }
  }
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "" : ", ") + name;
  return list;
}

}  // namespace

std::string DescribeEncoding(const std::filesystem::path& name, const EncodeOptions& encode,
                             int threads) {
  const AVCodec& codec = media::VideoEncoderFor(name, media::ContainerFor(name), encode.codec);
  const AVCodecDescriptor* descriptor = avcodec_descriptor_get(codec.id);
  const int properties = descriptor == nullptr ? 0 : descriptor->props;
  const bool intra_only = (properties & AV_CODEC_PROP_INTRA_ONLY) != 0;
  const bool lossless =
      (properties & (AV_CODEC_PROP_LOSSLESS | AV_CODEC_PROP_LOSSY)) == AV_CODEC_PROP_LOSSLESS;
  // x264 counts the bits of frames that are in its threads, if it has to meet a rate.
  const bool is_x264 = std::string_view(codec.name).starts_with("libx264");
  const bool same_on_any_threads = intra_only || lossless || (is_x264 && encode.bitrate == 0);
  if (!same_on_any_threads && threads == 0) {
    throw Error(ErrorCode::kInvalidArgument,
                name.string() + ": expected --threads N, the same on all machines, since what " +
                    codec.name + " makes" + (is_x264 ? " of a bitrate" : "") +
                    " depends on it, found none");
  }
  std::string text = codec.name;
  if (encode.crf) text += " crf " + std::to_string(*encode.crf);
  if (!encode.preset.empty()) text += " preset " + encode.preset;
  if (encode.bitrate > 0) text += " bitrate " + std::to_string(encode.bitrate);
  if (codec.id == AV_CODEC_ID_MJPEG) text += " quality " + std::to_string(encode.quality);
  if (!same_on_any_threads) text += " threads " + std::to_string(threads);
  const unsigned version = avcodec_version();
  return text + " of libavcodec " + std::to_string(AV_VERSION_MAJOR(version)) + "." +
         std::to_string(AV_VERSION_MINOR(version)) + "." +
         std::to_string(AV_VERSION_MICRO(version));
}

std::string VideoSuffixOf(const std::filesystem::path& path) {
  const Container* container = Find(path);
  const bool is_video = container != nullptr && !IsAnimation(*container);
  return is_video ? container->suffix : std::string();
}

bool CarriesAlpha(const std::filesystem::path& name, const EncodeOptions& encode) {
  const AVOutputFormat& container = media::ContainerFor(name);
  const AVCodec& codec = media::VideoEncoderFor(name, container, encode.codec);
  const bool is_vp = codec.id == AV_CODEC_ID_VP8 || codec.id == AV_CODEC_ID_VP9;
  const std::string_view muxer = container.name;
  // Theirs is a second stream, which only Matroska has a place for.
  if (is_vp && muxer != "webm" && muxer != "matroska") return false;
  if (codec.id == AV_CODEC_ID_GIF) return false;
  return std::ranges::any_of(media::PixelFormatsOf(codec), media::HasAlpha);
}

namespace media {

bool HasAlpha(AVPixelFormat format) {
  const AVPixFmtDescriptor* const description = av_pix_fmt_desc_get(format);
  return description != nullptr && (description->flags & AV_PIX_FMT_FLAG_ALPHA) != 0;
}

std::string HardwareOf(const AVCodec& codec) {
  struct Kind {
    std::string_view ending;
    const char* needs;
  };
  constexpr Kind kKinds[] = {{"_nvenc", "an NVIDIA GPU and its driver"},
                             {"_qsv", "an Intel GPU and its driver"},
                             {"_amf", "an AMD GPU and its driver"},
                             {"_vaapi", "a GPU and its VA-API driver"},
                             {"_v4l2m2m", "a video encoder among the system's devices"},
                             {"_omx", "an OpenMAX device"},
                             {"_mf", "Windows' Media Foundation"},
                             {"_videotoolbox", "Apple's VideoToolbox"}};
  const std::string_view name = codec.name;
  for (const Kind& kind : kKinds) {
    if (name.ends_with(kind.ending)) return kind.needs;
  }
  const bool is_hardware =
      (codec.capabilities & (AV_CODEC_CAP_HARDWARE | AV_CODEC_CAP_HYBRID)) != 0;
  return is_hardware ? "hardware of its own" : "";
}

const AVOutputFormat& ContainerFor(const std::filesystem::path& path) {
  const Container* container = Find(path);
  if (container == nullptr) {
    throw Error(
        ErrorCode::kInvalidArgument,
        path.string() + ": no video container of this suffix; .mp4, .mkv, .mov, .webm or .avi");
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
  const bool is_codec =
      codec == nullptr && avcodec_descriptor_get_by_name(wanted.c_str()) != nullptr;
  const char* problem = is_codec                            ? "is a codec, not an encoder of one"
                        : codec == nullptr                  ? "is no encoder of this libavcodec"
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
