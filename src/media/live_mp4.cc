#include "media/live_mp4.h"

#include <algorithm>
#include <cstring>
#include <new>
#include <string>

#include "mouthpiece/error.h"

namespace mouthpiece::media {
namespace {

constexpr int kRate = 48000;
constexpr AVRational kTicks = {1, kRate};
constexpr int kSoundBits = 96000;
constexpr int kVideo = 0;
constexpr int kSound = 1;
constexpr int kBufferBytes = 32768;
constexpr float kFullScale = 32768.0F;

void Check(int status) {
  if (status < 0) {
    throw Error(ErrorCode::kInternal, "live.mp4: writing failed: " + ErrorText(status));
  }
}

template <typename T>
T* Allocated(T* pointer) {
  if (pointer == nullptr) throw std::bad_alloc();
  return pointer;
}

}  // namespace

void LiveMp4::FreeOutput::operator()(AVFormatContext* context) const {
  if (context->pb != nullptr) {
    av_freep(&context->pb->buffer);
    avio_context_free(&context->pb);
  }
  avformat_free_context(context);
}

LiveMp4::LiveMp4(const H264Headers& headers, int64_t start)
    : sound_(Allocated(av_frame_alloc())), packet_(Allocated(av_packet_alloc())), time_(start) {
  OpenSound();
  sound_time_ = start - sound_encoder_->initial_padding;
  OpenOutput(headers);
}

LiveMp4::~LiveMp4() = default;

void LiveMp4::OpenSound() {
  const AVCodec* codec = avcodec_find_encoder(AV_CODEC_ID_AAC);
  if (codec == nullptr) throw Error(ErrorCode::kUnsupported, "this libavcodec cannot encode aac");
  sound_encoder_.reset(Allocated(avcodec_alloc_context3(codec)));
  AVCodecContext& encoder = *sound_encoder_;
  encoder.log_level_offset = AV_LOG_TRACE;
  encoder.sample_rate = kRate;
  encoder.sample_fmt = AV_SAMPLE_FMT_FLTP;
  av_channel_layout_default(&encoder.ch_layout, 1);
  encoder.bit_rate = kSoundBits;
  encoder.time_base = kTicks;
  encoder.thread_count = 1;
  encoder.flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
  Check(OpenCodec(encoder, *codec));
}

void LiveMp4::OpenOutput(const H264Headers& headers) {
  AVFormatContext* output = nullptr;
  Check(avformat_alloc_output_context2(&output, nullptr, "mp4", nullptr));
  output_.reset(output);
  auto* buffer = static_cast<unsigned char*>(Allocated(av_malloc(kBufferBytes)));
  output->pb = avio_alloc_context(buffer, kBufferBytes, 1, this, nullptr, Take, nullptr);
  if (output->pb == nullptr) {
    av_free(buffer);
    throw std::bad_alloc();
  }
  output->pb->seekable = 0;
  output->flags |= AVFMT_FLAG_BITEXACT;

  AVStream& video = *Allocated(avformat_new_stream(output, nullptr));
  video.time_base = kTicks;
  video.codecpar->codec_type = AVMEDIA_TYPE_VIDEO;
  video.codecpar->codec_id = AV_CODEC_ID_H264;
  video.codecpar->width = headers.width;
  video.codecpar->height = headers.height;
  const std::vector<uint8_t>& sets = headers.parameter_sets;
  video.codecpar->extradata =
      static_cast<uint8_t*>(Allocated(av_mallocz(sets.size() + AV_INPUT_BUFFER_PADDING_SIZE)));
  std::memcpy(video.codecpar->extradata, sets.data(), sets.size());
  video.codecpar->extradata_size = static_cast<int>(sets.size());
  AVStream& sound = *Allocated(avformat_new_stream(output, nullptr));
  sound.time_base = kTicks;
  Check(avcodec_parameters_from_context(sound.codecpar, sound_encoder_.get()));

  AVDictionary* options = nullptr;
  av_dict_set(&options, "movflags", "empty_moov+default_base_moof+frag_custom+skip_sidx", 0);
  av_dict_set(&options, "video_track_timescale", "48000", 0);
  const int status = avformat_write_header(output, &options);
  av_dict_free(&options);
  Check(status);
  avio_flush(output->pb);
  init_ = std::move(written_);
  written_.clear();
}

int LiveMp4::Take(void* self, uint8_t* bytes, int size) {
  std::vector<uint8_t>& written = static_cast<LiveMp4*>(self)->written_;
  written.insert(written.end(), bytes, bytes + size);
  return size;
}

void LiveMp4::Hear(std::span<const int16_t> sound, int64_t duration) {
  AVCodecContext& encoder = *sound_encoder_;
  for (int64_t at = 0; at < duration;) {
    if (sound_size_ == 0) {
      sound_->format = encoder.sample_fmt;
      sound_->nb_samples = encoder.frame_size;
      sound_->sample_rate = kRate;
      av_channel_layout_copy(&sound_->ch_layout, &encoder.ch_layout);
      if (av_frame_get_buffer(sound_.get(), 0) < 0) throw std::bad_alloc();
    }
    auto* samples = reinterpret_cast<float*>(sound_->data[0]);
    const auto count =
        static_cast<int>(std::min<int64_t>(encoder.frame_size - sound_size_, duration - at));
    for (int i = 0; i < count; ++i) {
      const auto from = static_cast<size_t>(at + i);
      samples[sound_size_ + i] = from < sound.size() ? sound[from] / kFullScale : 0.0F;
    }
    at += count;
    sound_size_ += count;
    if (sound_size_ < encoder.frame_size) continue;
    Check(avcodec_send_frame(&encoder, sound_.get()));
    av_frame_unref(sound_.get());
    sound_size_ = 0;
    WriteSound();
  }
}

void LiveMp4::WriteSound() {
  while (avcodec_receive_packet(sound_encoder_.get(), packet_.get()) >= 0) {
    packet_->pts = packet_->dts = sound_time_;
    packet_->duration = sound_encoder_->frame_size;
    sound_time_ += sound_encoder_->frame_size;
    packet_->stream_index = kSound;
    const int status = av_write_frame(output_.get(), packet_.get());
    av_packet_unref(packet_.get());
    Check(status);
  }
}

std::vector<uint8_t> LiveMp4::Write(const AccessUnit* unit, int64_t duration,
                                    std::span<const int16_t> sound) {
  // Without this the muxer counts from one fragment to the next, and a gap would be lost.
  if (is_gap_) av_opt_set(output_->priv_data, "movflags", "+frag_discont", 0);
  is_gap_ = unit == nullptr;
  if (unit != nullptr) {
    const auto size = static_cast<int>(unit->bytes.size());
    if (av_new_packet(packet_.get(), size) < 0) throw std::bad_alloc();
    std::memcpy(packet_->data, unit->bytes.data(), unit->bytes.size());
    packet_->pts = packet_->dts = time_;
    packet_->duration = duration;
    packet_->stream_index = kVideo;
    packet_->flags = unit->key ? AV_PKT_FLAG_KEY : 0;
    const int status = av_write_frame(output_.get(), packet_.get());
    av_packet_unref(packet_.get());
    Check(status);
  }
  Hear(sound, duration);
  time_ += duration;
  Check(av_write_frame(output_.get(), nullptr));
  avio_flush(output_->pb);
  std::vector<uint8_t> fragment = std::move(written_);
  written_.clear();
  return fragment;
}

std::string LiveMp4::TypeOf(const H264Headers& headers) {
  return "video/mp4; codecs=\"" + headers.codec + ", mp4a.40.2\"";
}

}  // namespace mouthpiece::media
