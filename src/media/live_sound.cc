#include "media/live_sound.h"

#include <algorithm>
#include <new>

#include "mouthpiece/error.h"

namespace mouthpiece::media {
namespace {

constexpr int kRate = 48000;
constexpr int kBits = 96000;
constexpr float kFullScale = 32768.0F;

void Check(int status) {
  if (status < 0) {
    throw Error(ErrorCode::kInternal, "encoding live sound failed: " + ErrorText(status));
  }
}

template <typename T>
T* Allocated(T* pointer) {
  if (pointer == nullptr) throw std::bad_alloc();
  return pointer;
}

}  // namespace

LiveSound::LiveSound()
    : frame_(Allocated(av_frame_alloc())), packet_(Allocated(av_packet_alloc())) {
  const AVCodec* codec = avcodec_find_encoder(AV_CODEC_ID_AAC);
  if (codec == nullptr) throw Error(ErrorCode::kUnsupported, "this libavcodec cannot encode aac");
  encoder_.reset(Allocated(avcodec_alloc_context3(codec)));
  AVCodecContext& encoder = *encoder_;
  encoder.log_level_offset = AV_LOG_TRACE;
  encoder.sample_rate = kRate;
  encoder.sample_fmt = AV_SAMPLE_FMT_FLTP;
  av_channel_layout_default(&encoder.ch_layout, 1);
  encoder.bit_rate = kBits;
  encoder.time_base = {1, kRate};
  encoder.thread_count = 1;
  encoder.flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
  Check(OpenCodec(encoder, *codec));
}

void LiveSound::Write(std::span<const int16_t> sound, int64_t duration,
                      const std::function<void(AVPacket&)>& take) {
  AVCodecContext& encoder = *encoder_;
  for (int64_t at = 0; at < duration;) {
    if (size_ == 0) {
      frame_->format = encoder.sample_fmt;
      frame_->nb_samples = encoder.frame_size;
      frame_->sample_rate = kRate;
      av_channel_layout_copy(&frame_->ch_layout, &encoder.ch_layout);
      if (av_frame_get_buffer(frame_.get(), 0) < 0) throw std::bad_alloc();
    }
    auto* samples = reinterpret_cast<float*>(frame_->data[0]);
    const auto count =
        static_cast<int>(std::min<int64_t>(encoder.frame_size - size_, duration - at));
    for (int i = 0; i < count; ++i) {
      const auto from = static_cast<size_t>(at + i);
      samples[size_ + i] = from < sound.size() ? sound[from] / kFullScale : 0.0F;
    }
    at += count;
    size_ += count;
    if (size_ == encoder.frame_size) Encode(take);
  }
}

void LiveSound::Encode(const std::function<void(AVPacket&)>& take) {
  Check(avcodec_send_frame(encoder_.get(), frame_.get()));
  av_frame_unref(frame_.get());
  size_ = 0;
  while (avcodec_receive_packet(encoder_.get(), packet_.get()) >= 0) {
    packet_->pts = packet_->dts = time_;
    packet_->duration = encoder_->frame_size;
    time_ += encoder_->frame_size;
    take(*packet_);
    av_packet_unref(packet_.get());
  }
}

}  // namespace mouthpiece::media
