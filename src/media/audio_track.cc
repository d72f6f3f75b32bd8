#include "media/audio_track.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <span>
#include <string>
#include <utility>

#include "media/ffmpeg_lists.h"
#include "mouthpiece/error.h"

namespace mouthpiece::media {
namespace {

constexpr int kPcmFrame = 1024;
constexpr int kStereo = 2;
constexpr int kMostBitsASample = 4;
constexpr int kMostBitsAChannel = 96000;

const AVCodec& EncoderFor(const AVOutputFormat& container) {
  const bool avi = std::strcmp(container.name, "avi") == 0;
  const bool matroska = std::strcmp(container.name, "matroska") == 0;
  const bool webm = std::strcmp(container.name, "webm") == 0;
  const AVCodecID id = avi        ? AV_CODEC_ID_PCM_S16LE
                       : matroska ? AV_CODEC_ID_FLAC
                       : webm     ? AV_CODEC_ID_OPUS
                                  : AV_CODEC_ID_AAC;
  const AVCodec* codec = avcodec_find_encoder(id);
  if (codec == nullptr) {
    throw Error(ErrorCode::kUnsupported,
                std::string("this libavcodec cannot encode ") + avcodec_get_name(id));
  }
  return *codec;
}

int NearestRate(const AVCodec& codec, int wanted) {
  const std::span<const int> rates = SampleRatesOf(codec);
  if (rates.empty()) return wanted;
  return *std::ranges::min_element(rates, {},
                                   [wanted](int rate) { return std::abs(rate - wanted); });
}

}  // namespace

AudioTrack::AudioTrack(std::unique_ptr<SoundFrames> frames, double start_s, double duration_s,
                       const AVOutputFormat& container)
    : source_(std::move(frames)), frame_(av_frame_alloc()) {
  const AVCodec& codec = EncoderFor(container);
  encoder_.reset(avcodec_alloc_context3(&codec));
  if (encoder_ == nullptr || frame_ == nullptr) throw std::bad_alloc();
  AVCodecContext& encoder = *encoder_;
  encoder.log_level_offset = AV_LOG_TRACE;
  encoder.sample_rate = NearestRate(codec, source_.info().sample_rate);
  encoder.sample_fmt = SampleFormatsOf(codec)[0];
  const int channels = std::min(source_.info().channels, kStereo);
  av_channel_layout_default(&encoder.ch_layout, channels);
  encoder.bit_rate =
      int64_t{channels} * std::min(kMostBitsAChannel, kMostBitsASample * encoder.sample_rate);
  encoder.time_base = {1, encoder.sample_rate};
  encoder.thread_count = 1;
  if ((container.flags & AVFMT_GLOBALHEADER) != 0) encoder.flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
  const int status = OpenCodec(encoder, codec);
  if (status < 0) Fail(status);

  frame_size_ = encoder.frame_size > 0 ? encoder.frame_size : kPcmFrame;
  // Both ends are rounded, so that parts cut one after the other meet.
  const int64_t first = std::llround(start_s * encoder.sample_rate);
  count_ = std::llround((start_s + duration_s) * encoder.sample_rate) - first;
  source_.Select({encoder.sample_rate, channels, encoder.sample_fmt}, first, count_);
}

void AudioTrack::Fail(int status) const {
  throw Error(ErrorCode::kInternal,
              source_.info().name + ": encoding its audio failed: " + ErrorText(status));
}

int64_t AudioTrack::packets() const {
  return (count_ + encoder_->initial_padding) / frame_size_ + 3;
}

bool AudioTrack::Next(AVPacket& packet) {
  while (true) {
    const int status = avcodec_receive_packet(encoder_.get(), &packet);
    if (status == AVERROR_EOF) return false;
    if (status == AVERROR(EAGAIN)) {
      if (!SendFrame()) {
        const int ended = avcodec_send_frame(encoder_.get(), nullptr);
        if (ended < 0) Fail(ended);
      }
      continue;
    }
    if (status < 0) Fail(status);
    return true;
  }
}

bool AudioTrack::SendFrame() {
  av_frame_unref(frame_.get());
  frame_->format = encoder_->sample_fmt;
  frame_->sample_rate = encoder_->sample_rate;
  av_channel_layout_copy(&frame_->ch_layout, &encoder_->ch_layout);
  frame_->nb_samples = frame_size_;
  if (av_frame_get_buffer(frame_.get(), 0) < 0) throw std::bad_alloc();
  const int count = source_.Read(frame_->extended_data, frame_size_);
  if (count == 0) return false;
  frame_->nb_samples = count;
  frame_->pts = sent_;
  sent_ += count;
  const int status = avcodec_send_frame(encoder_.get(), frame_.get());
  if (status < 0) Fail(status);
  return true;
}

}  // namespace mouthpiece::media
