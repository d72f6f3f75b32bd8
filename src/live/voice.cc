#include "live/voice.h"

#include <algorithm>
#include <cmath>

#include "media/memory_sound.h"
#include "mouthpiece/audio.h"

namespace mouthpiece::live {
namespace {

int Checked(int rate) {
  media::CheckSampleRate(rate);
  return rate;
}

/// Moves the first `count` values out.
template <typename Value>
std::vector<Value> TakeFirst(std::vector<Value>& values, size_t count) {
  const auto end = values.begin() + static_cast<std::ptrdiff_t>(count);
  std::vector<Value> taken(values.begin(), end);
  values.erase(values.begin(), end);
  return taken;
}

}  // namespace

Voice::Voice(int rate)
    : rate_(Checked(rate)), heard_(rate, kSpeechSampleRate), played_(rate, kTickRate) {}

Sounds Voice::Push(std::span<const float> samples) {
  media::CheckScale(samples);
  std::vector<float> numbers;
  if (!std::ranges::all_of(samples, [](float sample) { return std::isfinite(sample); })) {
    numbers.assign(samples.begin(), samples.end());
    std::ranges::replace_if(
        numbers, [](float sample) { return !std::isfinite(sample); }, 0.0F);
    samples = numbers;
  }
  heard_.Push(samples, waiting_.heard);
  played_.Push(samples, waiting_.played);
  return Take(std::min(waiting_.heard.size(), waiting_.played.size() / kSampleTicks));
}

Sounds Voice::Push(std::span<const int16_t> samples) {
  std::vector<float> scaled(samples.size());
  std::ranges::transform(samples, scaled.begin(),
                         [](int16_t sample) { return static_cast<float>(sample) / 32768.0F; });
  return Push(std::span<const float>(scaled));
}

Sounds Voice::Finish() {
  heard_.Finish(waiting_.heard);
  played_.Finish(waiting_.played);
  const size_t ticks = waiting_.played.size();
  const size_t samples = std::max(waiting_.heard.size(), (ticks + kSampleTicks - 1) / kSampleTicks);
  waiting_.heard.resize(samples);
  waiting_.played.resize(samples * kSampleTicks);
  Sounds rest = Take(samples);
  rest.silence = static_cast<Ticks>(samples * kSampleTicks - ticks);
  return rest;
}

Sounds Voice::Take(size_t samples) {
  return {TakeFirst(waiting_.heard, samples), TakeFirst(waiting_.played, samples * kSampleTicks),
          0};
}

}  // namespace mouthpiece::live
