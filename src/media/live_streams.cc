#include "media/live_streams.h"

#include <cstring>
#include <new>
#include <vector>

namespace mouthpiece::media {
namespace {

AVStream& NewStream(AVFormatContext& output) {
  AVStream* stream = avformat_new_stream(&output, nullptr);
  if (stream == nullptr) throw std::bad_alloc();
  stream->time_base = kLiveTicks;
  return *stream;
}

}  // namespace

void AddLiveStreams(AVFormatContext& output, const H264Headers& headers,
                    const AVCodecContext& sound) {
  AVCodecParameters& video = *NewStream(output).codecpar;
  video.codec_type = AVMEDIA_TYPE_VIDEO;
  video.codec_id = AV_CODEC_ID_H264;
  video.width = headers.width;
  video.height = headers.height;
  const std::vector<uint8_t>& sets = headers.parameter_sets;
  video.extradata = static_cast<uint8_t*>(av_mallocz(sets.size() + AV_INPUT_BUFFER_PADDING_SIZE));
  if (video.extradata == nullptr) throw std::bad_alloc();
  std::memcpy(video.extradata, sets.data(), sets.size());
  video.extradata_size = static_cast<int>(sets.size());
  if (avcodec_parameters_from_context(NewStream(output).codecpar, &sound) < 0) {
    throw std::bad_alloc();
  }
}

void FillPacket(AVPacket& packet, const AccessUnit& unit, int64_t pts, int64_t duration) {
  if (av_new_packet(&packet, static_cast<int>(unit.bytes.size())) < 0) throw std::bad_alloc();
  std::memcpy(packet.data, unit.bytes.data(), unit.bytes.size());
  packet.pts = packet.dts = pts;
  packet.duration = duration;
  packet.stream_index = kLiveVideo;
  packet.flags = unit.key ? AV_PKT_FLAG_KEY : 0;
}

}  // namespace mouthpiece::media
