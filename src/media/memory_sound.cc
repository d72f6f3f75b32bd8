#include "media/memory_sound.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <new>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

#include "media/sound_frames.h"
#include "mouthpiece/error.h"

namespace mouthpiece::media {
namespace {

constexpr const char* kName = "audio";
constexpr int kLowestRate = 1000;
constexpr int kHighestRate = 768000;
constexpr float kMostScale = 100;
constexpr size_t kFrameSamples = 1024;

SoundInfo InfoOf(int rate, size_t samples) {
  SoundInfo info;
  info.name = kName;
  info.sample_rate = rate;
  info.channels = 1;
  info.expected_seconds = static_cast<double>(samples) / rate;
  return info;
}

/// Makes the empty `frame` one of `count` samples whose time is wherever the one before ends.
void Allocate(AVFrame& frame, AVSampleFormat format, int rate, size_t count) {
  frame.format = format;
  frame.sample_rate = rate;
  frame.nb_samples = static_cast<int>(count);
  frame.pts = AV_NOPTS_VALUE;
  av_channel_layout_default(&frame.ch_layout, 1);
  if (av_frame_get_buffer(&frame, 0) < 0) throw std::bad_alloc();
}

class MemoryFrames : public SoundFrames {
 public:
  explicit MemoryFrames(const SpeechSamples& samples)
      : samples_(samples.samples), info_(InfoOf(samples.rate, Size())) {}

  const SoundInfo& info() const override { return info_; }

  bool Next(AVFrame& frame) override {
    const size_t count = std::min(kFrameSamples, Size() - given_);
    if (count == 0) return false;
    std::visit(
        [&](const auto& values) {
          using Sample = typename std::decay_t<decltype(values)>::value_type;
          constexpr AVSampleFormat kFormat =
              std::is_same_v<Sample, float> ? AV_SAMPLE_FMT_FLT : AV_SAMPLE_FMT_S16;
          Allocate(frame, kFormat, info_.sample_rate, count);
          std::memcpy(frame.data[0], values.data() + given_, count * sizeof(Sample));
        },
        *samples_);
    given_ += count;
    return true;
  }

 private:
  size_t Size() const {
    return std::visit([](const auto& values) { return values.size(); }, *samples_);
  }

  const std::shared_ptr<const Samples> samples_;
  const SoundInfo info_;
  size_t given_ = 0;
};

class TakenFrames : public SoundFrames {
 public:
  TakenFrames(int rate, SampleSource take) : info_(InfoOf(rate, 0)), take_(std::move(take)) {}

  const SoundInfo& info() const override { return info_; }

  bool Next(AVFrame& frame) override {
    float samples[kFrameSamples];
    const size_t count = take_(samples);
    if (count == 0) return false;
    Allocate(frame, AV_SAMPLE_FMT_FLT, info_.sample_rate, count);
    std::memcpy(frame.data[0], samples, count * sizeof(float));
    return true;
  }

 private:
  const SoundInfo info_;
  const SampleSource take_;
};

}  // namespace

void CheckSampleRate(int rate) {
  if (rate >= kLowestRate && rate <= kHighestRate) return;
  throw Error(ErrorCode::kInvalidArgument, "sample rate: expected " + std::to_string(kLowestRate) +
                                               " to " + std::to_string(kHighestRate) +
                                               " a second, found " + std::to_string(rate));
}

void CheckScale(std::span<const float> samples) {
  float peak = 0;
  for (const float sample : samples) {
    if (std::isfinite(sample)) peak = std::max(peak, std::abs(sample));
  }
  if (peak <= kMostScale) return;
  throw Error(ErrorCode::kInvalidArgument,
              std::string(kName) + ": expected floating-point samples from -1 to 1, found " +
                  std::to_string(std::llround(peak)) + ": divide those of 16 bits by 32768");
}

std::unique_ptr<SoundFrames> FramesOf(const SpeechSamples& samples) {
  CheckSampleRate(samples.rate);
  if (!samples.samples) {
    throw Error(ErrorCode::kInvalidArgument, std::string(kName) + ": expected samples, found none");
  }
  if (const auto* values = std::get_if<std::vector<float>>(samples.samples.get())) {
    CheckScale(*values);
  }
  return std::make_unique<MemoryFrames>(samples);
}

std::unique_ptr<SoundFrames> FramesFrom(int rate, SampleSource take) {
  return std::make_unique<TakenFrames>(rate, std::move(take));
}

}  // namespace mouthpiece::media
