#include "media/audio_source.h"

#include <algorithm>
#include <cmath>
#include <new>
#include <utility>
#include <vector>

#include "media/channel_mix.h"
#include "mouthpiece/error.h"

namespace mouthpiece::media {
namespace {

// Time stamps of some containers are rounded to milliseconds and more: smaller jumps are noise.
constexpr double kSmallestHole_s = 0.05;
// Longer ones are not holes in the sound but clocks that were wrong, or set.
constexpr double kLongestHole_s = 600;
constexpr double kDoubtfulHole_s = 1;
// Worth a word: less is what encoders and containers do to each other.
constexpr double kOddTime_s = 0.25;
constexpr double kOddPeak = 8;
constexpr int64_t kSilenceStep = 4096;
// What converting takes of memory grows with how far a rate is from the one that is wanted.
constexpr int kLeastSampleRate = 500;
constexpr int kMostSampleRate = 1 << 21;

/// "1.5 s"
std::string Seconds(double seconds) {
  const int64_t tenths = std::llround(seconds * 10);
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " s";
}

}  // namespace

AudioSource::AudioSource(std::unique_ptr<SoundFrames> frames)
    : frames_(std::move(frames)),
      frame_(av_frame_alloc()),
      next_(av_frame_alloc()),
      converted_(av_frame_alloc()) {
  if (frame_ == nullptr || next_ == nullptr || converted_ == nullptr) throw std::bad_alloc();
}

bool AudioSource::NextFrame() {
  if (next_->nb_samples == 0) return frames_->Next(*frame_);
  av_frame_move_ref(frame_.get(), next_.get());
  return true;
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
    } else if (NextFrame()) {
      placed_ = false;
      bad_samples_ += SilenceBadSamples(*frame_);
      levels_.Add(*frame_);
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
    Follow(TimeOf(frame), frame.sample_rate);
  }
  heard_s_ += static_cast<double>(frame.nb_samples) / frame.sample_rate;
  started_ = true;
}

double AudioSource::TimeOf(const AVFrame& frame) const {
  return static_cast<double>(frame.pts) * av_q2d(info().time_base) - info().start_s;
}

void AudioSource::Follow(double time_s, int sample_rate) {
  if (std::abs(time_s - heard_s_) < std::abs(time_s - offset_s_ - heard_s_)) offset_s_ = 0;
  const double stamp_s = time_s;
  time_s -= offset_s_;
  const double hole_s = time_s - heard_s_;
  if (hole_s > kDoubtfulHole_s && !IsConfirmed(stamp_s)) {
    farthest_jump_s_ = std::max(farthest_jump_s_, hole_s);  // one stamp that is wrong
  } else if (hole_s > kLongestHole_s) {
    offset_s_ += hole_s;
    farthest_jump_s_ = std::max(farthest_jump_s_, hole_s);
  } else if (hole_s > (started_ ? kSmallestHole_s : 0)) {
    silence_ = std::llround(hole_s * sample_rate);
    if (started_) holes_s_ += hole_s;
    heard_s_ = time_s;
  } else if (!started_ && time_s < 0) {
    skip_ += std::llround(-time_s * format_.sample_rate);
    heard_s_ = time_s;
  } else {
    farthest_back_s_ = std::max(farthest_back_s_, -hole_s);
  }
}

bool AudioSource::IsConfirmed(double time_s) {
  if (next_->nb_samples == 0 && !frames_->Next(*next_)) return true;
  return next_->pts == AV_NOPTS_VALUE || TimeOf(*next_) >= time_s;
}

std::vector<std::string> AudioSource::Warnings() const {
  std::vector<std::string> warnings = info().warnings;
  const auto warn = [&](const std::string& text) { warnings.push_back(info().name + ": " + text); };
  if (bad_samples_ > 0) {
    warn(std::to_string(bad_samples_) +
         " samples are no numbers, or out of all bounds: " + "silence is in their place");
  }
  if (levels_.peak() > kOddPeak) {
    warn("is louder than full scale, up to " + std::to_string(std::llround(levels_.peak())) +
         " times: it is heard as that, and clipped in a video");
  }
  if (holes_s_ > kOddTime_s) {
    warn("its time stamps leave out " + Seconds(holes_s_) + ": silence is in their place");
  }
  if (farthest_jump_s_ > 0) {
    warn("its time stamps jump by up to " + Seconds(farthest_jump_s_) +
         ": the sound goes on at once");
  }
  if (farthest_back_s_ > kOddTime_s) {
    warn("its time stamps go back by up to " + Seconds(farthest_back_s_) +
         ": what follows is heard after what came before");
  }
  return warnings;
}

void AudioSource::ConfigureResampler(const AVFrame& frame) {
  const AVSampleFormat from = static_cast<AVSampleFormat>(frame.format);
  if (resampler_ != nullptr && resampler_from_ == from && resampler_rate_ == frame.sample_rate &&
      resampler_channels_ == frame.ch_layout.nb_channels) {
    return;
  }
  if (resampler_ != nullptr) Convert(nullptr);  // what the old one still holds
  // As many channels as are wanted pass as they are, whatever they are called.
  const int channels = frame.ch_layout.nb_channels;
  if (frame.sample_rate < kLeastSampleRate || frame.sample_rate > kMostSampleRate) {
    Fail("expected " + std::to_string(kLeastSampleRate) + " to " + std::to_string(kMostSampleRate) +
         " samples of audio a second, found " + std::to_string(frame.sample_rate));
  }
  if (channels > kMostChannels) {
    Fail("expected at most " + std::to_string(kMostChannels) + " channels of audio, found " +
         std::to_string(channels));
  }
  const bool is_mixed = channels != format_.channels;
  AVChannelLayout in = frame.ch_layout;
  if (!is_mixed) av_channel_layout_default(&in, channels);
  AVChannelLayout out;
  av_channel_layout_default(&out, format_.channels);
  SwrContext* raw = nullptr;
  int status = swr_alloc_set_opts2(&raw, &out, format_.sample_format, format_.sample_rate, &in,
                                   from, frame.sample_rate, 0, nullptr);
  resampler_.reset(raw);
  if (status >= 0 && is_mixed) {
    const std::vector<double> weights =
        channels > format_.channels
            ? MixWeights(in, format_.channels, format_.sample_format)
            : std::vector<double>(static_cast<size_t>(format_.channels * channels), 1.0);
    status = swr_set_matrix(raw, weights.data(), channels);
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
