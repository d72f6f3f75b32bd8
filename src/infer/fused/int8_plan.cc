#include "infer/fused/int8_plan.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace mouthpiece::fused {
namespace {

constexpr float kLargestWeight = 127;

size_t Size(int value) { return static_cast<size_t>(value); }

/// The largest sum of weights of one sign among any four channels (InFour).
float LargestFour(std::span<const float> weights) {
  float largest = 0;
  std::vector<float> sums[2];
  for (std::vector<float>& of_sign : sums) of_sign.resize(weights.size() + 2);
  for (size_t c = 0; c < weights.size(); ++c) {
    float& sum = sums[weights[c] < 0 ? 1 : 0][Size(InFour(static_cast<int>(c)))];
    sum += std::abs(weights[c]);
    largest = std::max(largest, sum);
  }
  return largest;
}

/// An output's weights in eight bits.
struct ByteWeights {
  float scale = 0;
  std::vector<int> steps;
  double error = 0;  ///< Sum of squares
};

/// Takes the steps that a four of one sign has too many from where they are missed least.
void LimitFour(std::span<const float> weights, int four, int sign, ByteWeights& rounded) {
  constexpr int kInEight[] = {0, 1, kQuadChannels, kQuadChannels + 1};
  std::vector<size_t> places;
  int excess = -kLargestFour;
  for (const int place : kInEight) {
    const size_t c = Size(four / 2 * 2 * kQuadChannels + four % 2 * 2 + place);
    if (c >= weights.size() || rounded.steps[c] * sign <= 0) continue;
    places.push_back(c);
    excess += rounded.steps[c] * sign;
  }
  const auto surplus = [&](size_t c) {
    return static_cast<float>(sign) *
           (static_cast<float>(rounded.steps[c]) - weights[c] / rounded.scale);
  };
  for (; excess > 0; --excess) {
    rounded.steps[*std::ranges::max_element(places, {}, surplus)] -= sign;
  }
}

/// Fours keep to kLargestFour.
ByteWeights RoundWeights(std::span<const float> weights, float scale) {
  ByteWeights rounded{.scale = scale, .steps = std::vector<int>(weights.size())};
  for (size_t c = 0; c < weights.size(); ++c) {
    rounded.steps[c] = static_cast<int>(std::lround(weights[c] / scale));
  }
  const int fours = InFour(static_cast<int>(weights.size()) - 1) + 1;
  for (int four = 0; four < RoundUp(fours, 2); ++four) {
    LimitFour(weights, four, 1, rounded);
    LimitFour(weights, four, -1, rounded);
  }
  for (size_t c = 0; c < weights.size(); ++c) {
    const double error = weights[c] - static_cast<float>(rounded.steps[c]) * scale;
    rounded.error += error * error;
  }
  return rounded;
}

/// With the scale that loses least: between one by which the largest weight has all bits, and one
/// by which no four has to be limited.
ByteWeights QuantizeWeights(std::span<const float> weights, float largest) {
  constexpr int kTrials = 4;
  const float finest = largest / kLargestWeight;
  const float ratio = std::max(1.0F, LargestFour(weights) / kLargestFour / finest);
  ByteWeights best = RoundWeights(weights, finest);
  for (int i = 1; i < kTrials && ratio > 1; ++i) {
    const float share = static_cast<float>(i) / (kTrials - 1);
    ByteWeights rounded = RoundWeights(weights, finest * (1 + (ratio - 1) * share));
    if (rounded.error < best.error) best = std::move(rounded);
  }
  return best;
}

/// The weight of a 1x1 convolution for an output and an operand's channel, of which each source's
/// are padded.
PackedProduct<Int8> PackPointwise(const Convolution& convolution,
                                  const std::vector<Source>& sources, WeightMemory& memory) {
  if (sources[0].kind == SourceKind::kVisual) {  // bytes, 255 for 1
    const int inputs = sources[0].extent.channels;
    return PackBytes(
        convolution.bias, kVisualChannels,
        [&](int n, int c) {
          return c < inputs ? convolution.weights[Size(n * inputs + c)] / 255.0F : 0.0F;
        },
        memory);
  }
  std::vector<int> inputs;  // by the operand's channel; -1: padding
  int next = 0;
  for (const Source& source : sources) {
    for (int c = 0; c < PaddedChannels(source.extent.channels); ++c) {
      inputs.push_back(c < source.extent.channels ? next + c : -1);
    }
    next += source.extent.channels;
  }
  while (inputs.size() > kQuadChannels && inputs[inputs.size() - kQuadChannels] < 0) {
    inputs.resize(inputs.size() - kQuadChannels);
  }
  return PackBytes(
      convolution.bias, static_cast<int>(inputs.size()),
      [&](int n, int c) {
        const int input = inputs[Size(c)];
        return input < 0 ? 0.0F : convolution.weights[Size(n * next + input)];
      },
      memory);
}

/// Over the taps of a kernel, each with its padded channels.
PackedProduct<Int8> PackTaps(const Convolution& convolution, int channels, WeightMemory& memory) {
  const int taps = convolution.kernel_height * convolution.kernel_width;
  const int padded = PaddedChannels(channels);
  return PackBytes(
      convolution.bias, taps * padded,
      [&](int n, int k) {
        const int tap = k / padded;
        const int c = k % padded;
        return c < channels ? convolution.weights[Size((n * channels + c) * taps + tap)] : 0.0F;
      },
      memory);
}

/// A widened tensor is stored without the scales of the product that makes it: they go into the
/// weights that read it.
void PackDepthwise(const Convolution& depthwise, PackedStep<Int8>& packed, WeightMemory& memory) {
  const int channels = static_cast<int>(depthwise.bias.size());
  const int padded = packed.expand.outputs;
  packed.depthwise_weights = memory.Take<BFloat16>(Size(padded) * 3 * kPairWeights * 2);
  packed.depthwise_bias = memory.Take<float>(Size(padded));
  if (!memory.wants_values()) return;
  for (int c = 0; c < channels; ++c) {
    const float scale = packed.expand.scales.data()[c];
    packed.expand.bias.data()[c] /= scale;
    packed.depthwise_bias.data()[c] = depthwise.bias[Size(c)];
    for (int y = 0; y < 3; ++y) {
      const auto weight = [&](int x) {
        return RoundTo<BFloat16>(scale * depthwise.weights[Size(c * 9 + y * 3 + x)]);
      };
      const auto place = [&](int kind) {
        const int block = c / kBlockChannels;
        return packed.depthwise_weights.data() +
               (((block * 3 + y) * kPairWeights + kind) * kBlockChannels + c % kBlockChannels) * 2;
      };
      place(kToLeft)[0] = weight(2);
      place(kToFirst)[0] = weight(1);
      place(kToFirst)[1] = weight(2);
      place(kToSecond)[0] = weight(0);
      place(kToSecond)[1] = weight(1);
      place(kToRight)[1] = weight(0);
    }
  }
}

PackedStep<Int8> PackStep(const Step& step, WeightMemory& memory) {
  PackedStep<Int8> packed;
  if (step.kind == StepKind::kConvolution) {
    packed.project = PackTaps(*step.project, step.sources[0].extent.channels, memory);
    return packed;
  }
  if (step.kind == StepKind::kOutput) {
    packed.project = PackPointwise(*step.project, step.sources, memory);
    return packed;
  }
  packed.expand = PackPointwise(*step.expand, step.sources, memory);
  PackDepthwise(*step.depthwise, packed, memory);
  packed.project = PackPointwise(*step.project, {{SourceKind::kTensor, -1, step.expanded}}, memory);
  return packed;
}

}  // namespace

PackedProduct<Int8> PackBytes(std::span<const float> bias, int channels,
                              const std::function<float(int, int)>& weight, WeightMemory& memory) {
  PackedProduct<Int8> packed;
  packed.channels = channels;
  packed.outputs = PaddedChannels(static_cast<int>(bias.size()));
  packed.weights = memory.Take<int8_t>(Size(packed.outputs) * Size(channels));
  packed.scales = memory.Take<float>(Size(packed.outputs));
  packed.sums = memory.Take<float>(Size(packed.outputs));
  packed.bias = memory.Take<float>(Size(packed.outputs));
  if (!memory.wants_values()) return packed;
  std::ranges::fill_n(packed.scales.data(), packed.outputs, 1.0F);
  std::vector<float> values(Size(channels));
  for (int n = 0; n < static_cast<int>(bias.size()); ++n) {
    float largest = 0;
    for (int c = 0; c < channels; ++c) {
      values[Size(c)] = weight(n, c);
      largest = std::max(largest, std::abs(values[Size(c)]));
    }
    const bool are_numbers =
        std::ranges::all_of(values, [](float value) { return std::isfinite(value); });
    packed.bias.data()[n] = are_numbers ? bias[Size(n)] : std::numeric_limits<float>::quiet_NaN();
    if (!are_numbers || largest < std::numeric_limits<float>::min() * kLargestWeight) continue;
    const ByteWeights rounded = QuantizeWeights(values, largest);
    int sum = 0;
    for (int c = 0; c < channels; ++c) {
      packed.weights.data()[ByteWeightPlace(n, c, channels)] =
          static_cast<int8_t>(rounded.steps[Size(c)]);
      sum += rounded.steps[Size(c)];
    }
    packed.scales.data()[n] = rounded.scale;
    packed.sums.data()[n] = static_cast<float>(sum);
  }
  return packed;
}

template <>  // NOLINTNEXTLINE(performance-unnecessary-value-param): it is moved
PackedPlan<Int8> PackPlan(Plan plan, const Kernels<Int8>& /*kernels*/, WeightMemory& memory) {
  PackedPlan<Int8> packed;
  packed.forms.resize(plan.tensors.size());
  const auto forms = [&](int tensor) -> TensorForms& { return packed.forms[Size(tensor)]; };
  for (const Step& step : plan.steps) {
    packed.steps.push_back(PackStep(step, memory));
    for (const Source& source : step.sources) {
      if (source.tensor < 0) continue;
      (ReadsBytes(step) ? forms(source.tensor).bytes : forms(source.tensor).values) = true;
    }
    if (step.residual >= 0) forms(step.residual).values = true;
  }
  packed.plan = std::move(plan);
  return packed;
}

std::string Int8Obstacle(const Plan& plan) {
  for (const Step& step : plan.steps) {
    if (step.sources.size() > 1 && std::ranges::any_of(step.sources, [](const Source& s) {
          return s.kind == SourceKind::kVisual;
        })) {
      return "a concatenation with the input picture, which has no int8 arithmetic";
    }
  }
  return "";
}

}  // namespace mouthpiece::fused
