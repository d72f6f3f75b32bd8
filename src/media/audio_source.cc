#include "media/audio_source.h"

#include <algorithm>
#include <cmath>
#include <new>
#include <numbers>
#include <utility>
#include <vector>

#include "mouthpiece/error.h"

namespace mouthpiece::media {
namespace {

// Time stamps of some containers are rounded to milliseconds and more: smaller jumps are noise.
constexpr double kSmallestHole_s = 0.05;
constexpr int64_t kSilenceStep = 4096;

}  // namespace

AudioSource::AudioSource(std::unique_ptr<SoundFrames> frames)
    : frames_(std::move(frames)), frame_(av_frame_alloc()), converted_(av_frame_alloc()) {
  if (frame_ == nullptr || converted_ == nullptr) throw std::bad_alloc();
}

void AudioSource::Fail(const std::string& what) const {
  throw Error(ErrorCode::kBadMedia, info().name + ": " + what);
}

void AudioSource::Select(const AudioFormat& format, int64_t first, int64_t count) {
  format_ = format;
  skip_ = first;
  left_ = count;
  fifo_.reset(av_audio_fifo_alloc(format.sample_format, format.channels, format.sample_rate));
  if (fifo_ == nullptr) throw std::bad_alloc();
}

int AudioSource::Read(uint8_t** planes, int size) {
  size = static_cast<int>(std::min<int64_t>(size, left_));
  while (av_audio_fifo_size(fifo_.get()) < size && !ended_) {
    if (silence_ > 0) {
      InjectSilence();
    } else if (frame_->nb_samples > 0) {
      if (!placed_) {
        Place(*frame_);
      } else {
        Convert(frame_.get());
        av_frame_unref(frame_.get());
      }
    } else if (frames_->Next(*frame_)) {
      placed_ = false;
    } else {
      Convert(nullptr);
      ended_ = true;
    }
  }
  const int count = av_audio_fifo_read(fifo_.get(), reinterpret_cast<void**>(planes), size);
  if (count < 0) throw std::bad_alloc();
  left_ -= count;
  return count;
}

void AudioSource::Place(const AVFrame& frame) {
  placed_ = true;
  ConfigureResampler(frame);
  if (frame.pts != AV_NOPTS_VALUE) {
    const double time = static_cast<double>(frame.pts) * av_q2d(info().time_base) - info().start_s;
    if (time - heard_s_ > (started_ ? kSmallestHole_s : 0)) {
      silence_ = std::llround((time - heard_s_) * frame.sample_rate);
      heard_s_ = time;
    } else if (!started_ && time < 0) {
      skip_ += std::llround(-time * format_.sample_rate);
      heard_s_ = time;
    }
  }
  heard_s_ += static_cast<double>(frame.nb_samples) / frame.sample_rate;
  started_ = true;
}

void AudioSource::ConfigureResampler(const AVFrame& frame) {
  const AVSampleFormat from = static_cast<AVSampleFormat>(frame.format);
  if (resampler_ != nullptr && resampler_from_ == from && resampler_rate_ == frame.sample_rate &&
      resampler_channels_ == frame.ch_layout.nb_channels) {
    return;
  }
  if (resampler_ != nullptr) Convert(nullptr);  // what the old one still holds
  AVChannelLayout in = frame.ch_layout;
  if (in.order == AV_CHANNEL_ORDER_UNSPEC) av_channel_layout_default(&in, in.nb_channels);
  AVChannelLayout out;
  av_channel_layout_default(&out, format_.channels);
  SwrContext* raw = nullptr;
  int status = swr_alloc_set_opts2(&raw, &out, format_.sample_format, format_.sample_rate, &in,
                                   from, frame.sample_rate, 0, nullptr);
  resampler_.reset(raw);
  // libswresample adds up two channels in floating point as if they were independent, 3 dB louder
  // than their mean, which a voice in the middle is.
  if (status >= 0 && in.nb_channels == 2 && out.nb_channels == 1) {
    status = av_opt_set_double(raw, "rematrix_volume", std::numbers::sqrt2 / 2, 0);
  }
  // More channels than have a usual layout: each of the output's is the mean of all.
  const std::vector<double> mean(
      static_cast<size_t>(in.nb_channels) * static_cast<size_t>(out.nb_channels),
      1.0 / in.nb_channels);
  if (status >= 0 && in.order == AV_CHANNEL_ORDER_UNSPEC) {
    status = swr_set_matrix(raw, mean.data(), in.nb_channels);
  }
  if (status >= 0) status = swr_init(raw);
  if (status < 0) Fail("its audio cannot be converted: " + ErrorText(status));
  resampler_from_ = from;
  resampler_rate_ = frame.sample_rate;
  resampler_channels_ = frame.ch_layout.nb_channels;
}

void AudioSource::InjectSilence() {
  FramePtr quiet(av_frame_alloc());
  if (quiet == nullptr) throw std::bad_alloc();
  const int samples = static_cast<int>(std::min(silence_, kSilenceStep));
  quiet->format = resampler_from_;
  quiet->nb_samples = samples;
  av_channel_layout_default(&quiet->ch_layout, resampler_channels_);
  if (av_frame_get_buffer(quiet.get(), 0) < 0) throw std::bad_alloc();
  av_samples_set_silence(quiet->extended_data, 0, samples, resampler_channels_, resampler_from_);
  Convert(quiet.get());
  silence_ -= samples;
}

void AudioSource::Convert(const AVFrame* frame) {
  if (resampler_ == nullptr) return;
  const int samples = frame == nullptr ? 0 : frame->nb_samples;
  const int room = swr_get_out_samples(resampler_.get(), samples) + 256;
  if (converted_->nb_samples < room) {
    av_frame_unref(converted_.get());
    converted_->format = format_.sample_format;
    av_channel_layout_default(&converted_->ch_layout, format_.channels);
    converted_->nb_samples = room;
    if (av_frame_get_buffer(converted_.get(), 0) < 0) throw std::bad_alloc();
  }
  const uint8_t** data =
      frame == nullptr ? nullptr : const_cast<const uint8_t**>(frame->extended_data);
  const int count = swr_convert(resampler_.get(), converted_->extended_data, room, data, samples);
  if (count < 0) Fail("its audio cannot be converted: " + ErrorText(count));

  const int written =
      av_audio_fifo_write(fifo_.get(), reinterpret_cast<void**>(converted_->extended_data), count);
  if (written < count) throw std::bad_alloc();
  // The FIFO was empty while there is something to skip, so its head is what was just written.
  const int dropped = static_cast<int>(std::min<int64_t>(skip_, count));
  av_audio_fifo_drain(fifo_.get(), dropped);
  skip_ -= dropped;
}

}  // namespace mouthpiece::media
