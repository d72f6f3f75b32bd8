#include "support/decoded.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <stdexcept>
#include <utility>

#include "media/ffmpeg.h"

namespace mouthpiece::testing {
namespace {

struct Stream {
  media::InputPtr input;
  media::CodecContextPtr decoder;
  int number = -1;

  Stream(const std::filesystem::path& path, AVMediaType type) : input(media::OpenInput(path)) {
    const AVCodec* codec = nullptr;
    number = av_find_best_stream(input.get(), type, -1, -1, &codec, 0);
    if (number < 0) throw std::runtime_error(path.string() + ": no such stream");
    decoder.reset(avcodec_alloc_context3(codec));
    avcodec_parameters_to_context(decoder.get(), input->streams[number]->codecpar);
    decoder->pkt_timebase = input->streams[number]->time_base;
    if (avcodec_open2(decoder.get(), codec, nullptr) < 0) {
      throw std::runtime_error(path.string() + ": decoder");
    }
  }

  double base() const { return av_q2d(input->streams[number]->time_base); }

  void ForEachFrame(const std::function<void(const AVFrame&)>& visit) {
    media::PacketPtr packet(av_packet_alloc());
    media::FramePtr frame(av_frame_alloc());
    for (bool more = true; more;) {
      more = av_read_frame(input.get(), packet.get()) >= 0;
      if (more && packet->stream_index != number) {
        av_packet_unref(packet.get());
        continue;
      }
      if (avcodec_send_packet(decoder.get(), more ? packet.get() : nullptr) < 0) {
        throw std::runtime_error("a packet cannot be decoded");
      }
      av_packet_unref(packet.get());
      while (avcodec_receive_frame(decoder.get(), frame.get()) >= 0) visit(*frame);
    }
  }
};

}  // namespace

DecodedVideo DecodeVideo(const std::filesystem::path& path) {
  Stream stream(path, AVMEDIA_TYPE_VIDEO);
  const AVCodecParameters& parameters = *stream.input->streams[stream.number]->codecpar;
  DecodedVideo video;
  video.codec = avcodec_get_name(parameters.codec_id);
  video.width = parameters.width;
  video.height = parameters.height;
  const AVRational rate =
      av_guess_frame_rate(stream.input.get(), stream.input->streams[stream.number], nullptr);
  video.frame_rate = {rate.num, rate.den};
  video.color = media::ColorTagsOf(parameters);
  stream.ForEachFrame([&](const AVFrame& frame) {
    video.times.push_back(static_cast<double>(frame.best_effort_timestamp) * stream.base());
    std::vector<uint8_t> samples;
    if (frame.format == AV_PIX_FMT_YUV420P || frame.format == AV_PIX_FMT_YUVJ420P) {
      for (int p = 0; p < 3; ++p) {
        const int w = p == 0 ? frame.width : (frame.width + 1) / 2;
        const int h = p == 0 ? frame.height : (frame.height + 1) / 2;
        for (int y = 0; y < h; ++y) {
          const uint8_t* row = frame.data[p] + ptrdiff_t{y} * frame.linesize[p];
          samples.insert(samples.end(), row, row + w);
        }
      }
    }
    if (frame.format == AV_PIX_FMT_RGB24) {
      for (int y = 0; y < frame.height; ++y) {
        const uint8_t* row = frame.data[0] + ptrdiff_t{y} * frame.linesize[0];
        samples.insert(samples.end(), row, row + 3 * frame.width);
      }
    }
    video.frames.push_back(std::move(samples));
  });
  return video;
}

DecodedAudio DecodeAudio(const std::filesystem::path& path) {
  Stream stream(path, AVMEDIA_TYPE_AUDIO);
  DecodedAudio audio;
  audio.codec = avcodec_get_name(stream.decoder->codec_id);
  std::vector<float>& samples = audio.samples;
  stream.ForEachFrame([&](const AVFrame& frame) {
    audio.sample_rate = frame.sample_rate;
    audio.channels = frame.ch_layout.nb_channels;
    const double time = static_cast<double>(frame.best_effort_timestamp) * stream.base();
    const int64_t first = std::llround(time * frame.sample_rate);
    // Time stamps may be rounded to milliseconds: follow them only where they jump.
    if (samples.empty() ||
        std::llabs(first - static_cast<int64_t>(samples.size())) > frame.sample_rate / 500) {
      if (first < 0) throw std::runtime_error("sound before time 0");
      samples.resize(static_cast<size_t>(first));
    }
    for (int i = 0; i < frame.nb_samples; ++i) {
      float value = 0;
      switch (frame.format) {
        case AV_SAMPLE_FMT_FLTP:
          value = reinterpret_cast<const float*>(frame.extended_data[0])[i];
          break;
        case AV_SAMPLE_FMT_S16:
          value = static_cast<float>(reinterpret_cast<const int16_t*>(
                      frame.extended_data[0])[i * audio.channels]) /
                  32768.0F;
          break;
        default:
          throw std::runtime_error("a sample format the test does not know");
      }
      samples.push_back(value);
    }
  });
  // The last packet may hold more than is meant to be heard: mp4 says so by its duration only.
  const int64_t duration = stream.input->streams[stream.number]->duration;
  if (duration != AV_NOPTS_VALUE) {
    const size_t end = static_cast<size_t>(
        std::llround(static_cast<double>(duration) * stream.base() * audio.sample_rate));
    samples.resize(std::min(samples.size(), end));
  }
  return audio;
}

}  // namespace mouthpiece::testing
