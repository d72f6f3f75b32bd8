#include "infer/vulkan/weights.h"

namespace mouthpiece::vulkan {
namespace {

constexpr size_t kUnit = 16;

constexpr size_t PaddedChannels(int channels) {
  return static_cast<size_t>(Groups(channels)) * kGroup;
}

size_t Outputs(const Convolution& convolution) { return convolution.bias.size(); }

}  // namespace

WeightsPlace WeightsPacker::AddDense(const Convolution& convolution,
                                     std::span<const fused::Source> sources) {
  const size_t outputs = Outputs(convolution);
  const size_t padded_outputs = PaddedChannels(static_cast<int>(outputs));
  const auto taps = static_cast<size_t>(convolution.kernel_height * convolution.kernel_width);
  size_t depth = 0;
  for (const fused::Source& source : sources) depth += PaddedChannels(source.extent.channels);
  const size_t inputs = convolution.weights.size() / (outputs * taps);
  std::vector<float> values(taps * depth * padded_outputs);
  size_t first_input = 0;
  size_t first_place = 0;
  for (const fused::Source& source : sources) {
    const auto channels = static_cast<size_t>(source.extent.channels);
    for (size_t tap = 0; tap < taps; ++tap) {
      for (size_t c = 0; c < channels; ++c) {
        float* const row = &values[(tap * depth + first_place + c) * padded_outputs];
        for (size_t o = 0; o < outputs; ++o) {
          row[o] = convolution.weights[(o * inputs + first_input + c) * taps + tap];
        }
      }
    }
    first_input += channels;
    first_place += PaddedChannels(source.extent.channels);
  }
  return {Add(values), AddBias(convolution)};
}

WeightsPlace WeightsPacker::AddDepthwise(const Convolution& convolution) {
  constexpr size_t kTaps = 9;
  const size_t channels = Outputs(convolution);
  const size_t padded = PaddedChannels(static_cast<int>(channels));
  std::vector<float> values(kTaps * padded);
  for (size_t c = 0; c < channels; ++c) {
    for (size_t tap = 0; tap < kTaps; ++tap) {
      values[tap * padded + c] = convolution.weights[c * kTaps + tap];
    }
  }
  return {Add(values), AddBias(convolution)};
}

int WeightsPacker::Add(std::span<const float> values) {
  const size_t place = bytes_.size() / kUnit;
  const std::span<const std::byte> added = std::as_bytes(values);
  bytes_.insert(bytes_.end(), added.begin(), added.end());
  return static_cast<int>(place);
}

int WeightsPacker::AddBias(const Convolution& convolution) {
  std::vector<float> bias = convolution.bias;
  bias.resize(PaddedChannels(static_cast<int>(bias.size())));
  return Add(bias);
}

}  // namespace mouthpiece::vulkan
