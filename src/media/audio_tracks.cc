#include "media/audio_tracks.h"

#include <algorithm>

#include "media/ffmpeg.h"

namespace mouthpiece {
namespace {

std::string Tag(const AVStream& stream, const char* key) {
  const AVDictionaryEntry* entry = av_dict_get(stream.metadata, key, nullptr, 0);
  return entry == nullptr ? std::string() : entry->value;
}

std::string LayoutName(const AVChannelLayout& layout) {
  if (layout.order == AV_CHANNEL_ORDER_UNSPEC && layout.nb_channels == 1) return "mono";
  if (layout.order == AV_CHANNEL_ORDER_UNSPEC && layout.nb_channels == 2) return "stereo";
  char name[64] = {};
  av_channel_layout_describe(&layout, name, sizeof(name));
  return name;
}

AudioTrackProperties Read(const AVFormatContext& input, const AVStream& stream) {
  const AVCodecParameters& parameters = *stream.codecpar;
  AudioTrackProperties track;
  track.codec = avcodec_get_name(parameters.codec_id);
  track.sample_rate = parameters.sample_rate;
  track.channels = parameters.ch_layout.nb_channels;
  track.layout = LayoutName(parameters.ch_layout);
  track.language = Tag(stream, "language");
  if (track.language == "und") track.language.clear();  // Matroska's and MP4's "not given"
  track.title = Tag(stream, "title");
  if (stream.start_time != AV_NOPTS_VALUE && input.start_time != AV_NOPTS_VALUE) {
    const double start_s = static_cast<double>(stream.start_time) * av_q2d(stream.time_base);
    track.start_s = start_s - static_cast<double>(input.start_time) / AV_TIME_BASE;
  }
  if (stream.duration > 0) {
    track.duration_s = static_cast<double>(stream.duration) * av_q2d(stream.time_base);
  } else if (input.duration > 0) {
    track.duration_s = static_cast<double>(input.duration) / AV_TIME_BASE;
  }
  return track;
}

}  // namespace

std::vector<AudioTrackProperties> ReadAudioTracks(const std::filesystem::path& path) {
  const media::InputPtr input = media::OpenInput(path);
  const int best = av_find_best_stream(input.get(), AVMEDIA_TYPE_AUDIO, -1, -1, nullptr, 0);
  std::vector<AudioTrackProperties> tracks;
  for (unsigned i = 0; i < input->nb_streams; ++i) {
    const AVStream& stream = *input->streams[i];
    if (stream.codecpar->codec_type != AVMEDIA_TYPE_AUDIO) continue;
    tracks.push_back(Read(*input, stream));
    tracks.back().is_best = static_cast<int>(i) == best;
  }
  return tracks;
}

}  // namespace mouthpiece
