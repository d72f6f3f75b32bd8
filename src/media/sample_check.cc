#include "media/sample_check.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <new>
#include <type_traits>

namespace mouthpiece::media {
namespace {

constexpr double kNoSound = 1e6;

template <typename Sample>
bool IsBad(Sample sample) {
  return !(std::abs(sample) < static_cast<Sample>(kNoSound));  // NaN too
}

/// Calls visit(first sample, samples to the next one) for each channel.
template <typename Sample, typename Visit>
void ForEachChannel(const AVFrame& frame, Visit visit) {
  const int channels = frame.ch_layout.nb_channels;
  const bool is_planar = av_sample_fmt_is_planar(static_cast<AVSampleFormat>(frame.format)) != 0;
  for (int c = 0; c < channels; ++c) {
    auto* const plane = reinterpret_cast<Sample*>(frame.extended_data[is_planar ? c : 0]);
    visit(plane + (is_planar ? 0 : c), is_planar ? 1 : channels);
  }
}

template <typename Sample>
int64_t CountBad(const AVFrame& frame) {
  int64_t bad = 0;
  ForEachChannel<Sample>(frame, [&](const Sample* sample, int step) {
    for (int i = 0; i < frame.nb_samples; ++i, sample += step) bad += IsBad(*sample) ? 1 : 0;
  });
  return bad;
}

template <typename Sample>
int64_t SilenceBad(AVFrame& frame) {
  const int64_t bad = CountBad<Sample>(frame);
  if (bad == 0) return 0;
  if (av_frame_make_writable(&frame) < 0) throw std::bad_alloc();
  ForEachChannel<Sample>(frame, [&](Sample* sample, int step) {
    for (int i = 0; i < frame.nb_samples; ++i, sample += step) {
      if (IsBad(*sample)) *sample = 0;
    }
  });
  return bad;
}

/// The square of each sample of a channel, summed, and the largest.
struct Power {
  double sum = 0;
  double largest = 0;
};

template <typename Sample>
Power PowerOf(const Sample* sample, int step, int count) {
  constexpr double kOffset = std::is_same_v<Sample, uint8_t> ? 128 : 0;
  constexpr double kFullScale = std::is_floating_point_v<Sample> ? 1
                                : std::is_same_v<Sample, uint8_t>
                                    ? 128
                                    : -static_cast<double>(std::numeric_limits<Sample>::min());
  Power power;
  for (int i = 0; i < count; ++i, sample += step) {
    const double value = static_cast<double>(*sample) - kOffset;
    const double square = value * value;
    power.sum += square;
    power.largest = std::max(power.largest, square);
  }
  power.sum /= kFullScale * kFullScale;
  power.largest /= kFullScale * kFullScale;
  return power;
}

}  // namespace

int64_t SilenceBadSamples(AVFrame& frame) {
  switch (av_get_packed_sample_fmt(static_cast<AVSampleFormat>(frame.format))) {
    case AV_SAMPLE_FMT_FLT:
      return SilenceBad<float>(frame);
    case AV_SAMPLE_FMT_DBL:
      return SilenceBad<double>(frame);
    default:
      return 0;
  }
}

void ChannelLevels::Add(const AVFrame& frame) {
  const auto channels = static_cast<size_t>(frame.ch_layout.nb_channels);
  if (energy_.size() < channels) energy_.resize(channels);
  size_t channel = 0;
  const auto add = [&]<typename Sample>(const Sample* sample, int step) {
    const Power power = PowerOf(sample, step, frame.nb_samples);
    energy_[channel++] += power.sum / frame.sample_rate;
    peak_ = std::max(peak_, std::sqrt(power.largest));
  };
  switch (av_get_packed_sample_fmt(static_cast<AVSampleFormat>(frame.format))) {
    case AV_SAMPLE_FMT_U8:
      return ForEachChannel<uint8_t>(frame, add);
    case AV_SAMPLE_FMT_S16:
      return ForEachChannel<int16_t>(frame, add);
    case AV_SAMPLE_FMT_S32:
      return ForEachChannel<int32_t>(frame, add);
    case AV_SAMPLE_FMT_S64:
      return ForEachChannel<int64_t>(frame, add);
    case AV_SAMPLE_FMT_FLT:
      return ForEachChannel<float>(frame, add);
    case AV_SAMPLE_FMT_DBL:
      return ForEachChannel<double>(frame, add);
    default:
      return;
  }
}

double ChannelLevels::loudest() const {
  return energy_.empty() ? 0 : *std::ranges::max_element(energy_);
}

}  // namespace mouthpiece::media
