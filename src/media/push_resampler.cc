#include "media/push_resampler.h"

#include <algorithm>
#include <new>
#include <string>
#include <type_traits>

#include "media/ffmpeg.h"
#include "mouthpiece/error.h"

namespace mouthpiece::media {
namespace {

constexpr size_t kMostAtOnce = 1 << 14;

}  // namespace

struct PushResampler::State {
  int from_rate = 0;
  int to_rate = 0;
  AVSampleFormat format = AV_SAMPLE_FMT_NONE;  ///< Of what it gives; chosen by the first call
  ResamplerPtr resampler;

  void Configure(AVSampleFormat wanted) {
    if (resampler != nullptr) {
      if (format == wanted) return;
      throw Error(ErrorCode::kInternal, "a resampler was asked for samples of two kinds");
    }
    AVChannelLayout mono;
    av_channel_layout_default(&mono, 1);
    SwrContext* raw = nullptr;
    int status = swr_alloc_set_opts2(&raw, &mono, wanted, to_rate, &mono, AV_SAMPLE_FMT_FLT,
                                     from_rate, 0, nullptr);
    resampler.reset(raw);
    if (status >= 0) status = swr_init(raw);
    if (status < 0) {
      throw Error(ErrorCode::kInternal, "audio: cannot be converted from " +
                                            std::to_string(from_rate) + " to " +
                                            std::to_string(to_rate) + ": " + ErrorText(status));
    }
    format = wanted;
  }

  /// Null: what the resampler still holds.
  template <typename Sample>
  void Convert(const float* samples, int count, std::vector<Sample>& converted) {
    Configure(std::is_same_v<Sample, float> ? AV_SAMPLE_FMT_FLT : AV_SAMPLE_FMT_S16);
    const int room = swr_get_out_samples(resampler.get(), count) + 256;
    const size_t before = converted.size();
    converted.resize(before + static_cast<size_t>(room));
    auto* out = reinterpret_cast<uint8_t*>(converted.data() + before);
    const auto* in = reinterpret_cast<const uint8_t*>(samples);
    const int got =
        swr_convert(resampler.get(), &out, room, samples == nullptr ? nullptr : &in, count);
    if (got < 0) {
      throw Error(ErrorCode::kInternal, "audio: cannot be converted: " + ErrorText(got));
    }
    converted.resize(before + static_cast<size_t>(got));
  }

  template <typename Sample>
  void Push(std::span<const float> samples, std::vector<Sample>& converted) {
    while (!samples.empty()) {
      const size_t count = std::min(samples.size(), kMostAtOnce);
      Convert(samples.data(), static_cast<int>(count), converted);
      samples = samples.subspan(count);
    }
  }
};

PushResampler::PushResampler(int from_rate, int to_rate)
    : state_(new State{from_rate, to_rate, AV_SAMPLE_FMT_NONE, nullptr}) {}
PushResampler::~PushResampler() = default;
PushResampler::PushResampler(PushResampler&&) noexcept = default;
PushResampler& PushResampler::operator=(PushResampler&&) noexcept = default;

void PushResampler::Push(std::span<const float> samples, std::vector<float>& converted) {
  state_->Push(samples, converted);
}
void PushResampler::Push(std::span<const float> samples, std::vector<int16_t>& converted) {
  state_->Push(samples, converted);
}
void PushResampler::Finish(std::vector<float>& converted) {
  state_->Convert(nullptr, 0, converted);
}
void PushResampler::Finish(std::vector<int16_t>& converted) {
  state_->Convert(nullptr, 0, converted);
}

}  // namespace mouthpiece::media
