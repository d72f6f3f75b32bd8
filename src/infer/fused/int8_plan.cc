#include "infer/fused/int8_plan.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace mouthpiece::fused {
namespace {

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
class ByteWeights {
 public:
  /// Each the nearest, but for fours that would be too large.
  ByteWeights(std::span<const float> weights, float scale, int largest_four)
      : weights_(weights), scale_(scale), largest_four_(largest_four), steps_(weights.size()) {
    for (size_t c = 0; c < steps_.size(); ++c) {
      steps_[c] = static_cast<int>(std::lround(weights[c] / scale));
    }
    if (largest_four == kAnyFour) return;
    const int fours = InFour(static_cast<int>(steps_.size()) - 1) + 1;
    for (int four = 0; four < RoundUp(fours, 2); ++four) {
      LimitFour(four, 1);
      LimitFour(four, -1);
    }
  }

  /// Moves steps so that they are too many by less than one in all. Values behind a ReLU have
  /// something in common, which meets the sum of what weights were rounded by.
  void Balance() {
    float excess = 0;
    for (size_t c = 0; c < steps_.size(); ++c) excess += Surplus(c);
    const int step = excess > 0 ? -1 : 1;
    const auto gains_less = [&](size_t a, size_t b) {
      return step < 0 ? Surplus(a) < Surplus(b) : Surplus(a) > Surplus(b);
    };
    std::vector<size_t> channels;
    for (size_t c = 0; c < steps_.size(); ++c) {
      if (weights_[c] != 0) channels.push_back(c);
    }
    std::ranges::make_heap(channels, gains_less);
    for (auto left = std::lround(std::abs(excess)); left > 0 && !channels.empty();) {
      std::ranges::pop_heap(channels, gains_less);
      const size_t c = channels.back();
      channels.pop_back();
      if (!MayStep(c, step)) continue;
      steps_[c] += step;
      --left;
    }
  }

  float scale() const { return scale_; }
  std::span<const int> steps() const { return steps_; }
  double SquaredError() const {
    double sum = 0;
    for (size_t c = 0; c < steps_.size(); ++c) {
      const double error = double{Surplus(c)} * double{scale_};
      sum += error * error;
    }
    return sum;
  }

 private:
  /// Steps that a weight has too many.
  float Surplus(size_t c) const { return static_cast<float>(steps_[c]) - weights_[c] / scale_; }

  /// Calls `use(channel)` for those of a four whose steps have the sign.
  template <typename Use>
  void ForFour(int four, int sign, Use use) const {
    constexpr int kInEight[] = {0, 1, kQuadChannels, kQuadChannels + 1};
    for (const int place : kInEight) {
      const size_t c = Size(four / 2 * 2 * kQuadChannels + four % 2 * 2 + place);
      if (c < steps_.size() && steps_[c] * sign > 0) use(c);
    }
  }

  /// Takes the steps that a four of one sign has too many from where they are missed least.
  void LimitFour(int four, int sign) {
    std::vector<size_t> places;
    int excess = -largest_four_;
    ForFour(four, sign, [&](size_t c) {
      places.push_back(c);
      excess += steps_[c] * sign;
    });
    const auto surplus = [&](size_t c) { return static_cast<float>(sign) * Surplus(c); };
    for (; excess > 0; --excess) steps_[*std::ranges::max_element(places, {}, surplus)] -= sign;
  }

  bool MayStep(size_t c, int step) const {
    if (steps_[c] * step < 0) return true;  // towards zero
    int sum = 1;
    ForFour(InFour(static_cast<int>(c)), step, [&](size_t in) { sum += steps_[in] * step; });
    return std::abs(steps_[c] + step) <= kLargestWeight && sum <= largest_four_;
  }

  std::span<const float> weights_;
  float scale_;
  int largest_four_;
  std::vector<int> steps_;
};

/// With the scale that loses least: between one by which the largest weight has all bits, and one
/// by which no four has to be limited.
ByteWeights QuantizeWeights(std::span<const float> weights, float largest, int largest_four) {
  constexpr int kTrials = 4;
  const float finest = largest / kLargestWeight;
  const float ratio =
      largest_four == kAnyFour
          ? 1.0F
          : std::max(1.0F, LargestFour(weights) / static_cast<float>(largest_four) / finest);
  ByteWeights best(weights, finest, largest_four);
  for (int i = 1; i < kTrials && ratio > 1; ++i) {
    const float share = static_cast<float>(i) / (kTrials - 1);
    ByteWeights rounded(weights, finest * (1 + (ratio - 1) * share), largest_four);
    if (rounded.SquaredError() < best.SquaredError()) best = std::move(rounded);
  }
  best.Balance();
  return best;
}

/// The part of a 1x1 convolution that reads the sources in `chosen`, each with its channels padded.
PackedProduct<Int8> PackPointwise(const Convolution& convolution,
                                  const std::vector<Source>& sources,
                                  const std::vector<size_t>& chosen, BytePacking packing,
                                  WeightMemory& memory) {
  if (sources[0].kind == SourceKind::kVisual) {  // bytes, 255 for 1
    const int inputs = sources[0].extent.channels;
    packing.channels = kVisualChannels;
    return PackBytes(
        convolution.bias, packing,
        [&](int n, int c) {
          return c < inputs ? convolution.weights[Size(n * inputs + c)] / 255.0F : 0.0F;
        },
        memory);
  }
  std::vector<int> first;
  int all = 0;
  for (const Source& source : sources) {
    first.push_back(all);
    all += source.extent.channels;
  }
  std::vector<int> inputs;  // by the operand's channel; -1: padding
  for (const size_t s : chosen) {
    const int channels = sources[s].extent.channels;
    for (int c = 0; c < PaddedChannels(channels); ++c) {
      inputs.push_back(c < channels ? first[s] + c : -1);
    }
  }
  while (inputs.size() > kQuadChannels && inputs[inputs.size() - kQuadChannels] < 0) {
    inputs.resize(inputs.size() - kQuadChannels);
  }
  packing.channels = static_cast<int>(inputs.size());
  return PackBytes(
      convolution.bias, packing,
      [&](int n, int c) {
        const int input = inputs[Size(c)];
        return input < 0 ? 0.0F : convolution.weights[Size(n * all + input)];
      },
      memory);
}

/// Over the taps of a kernel, each with its padded channels.
PackedProduct<Int8> PackTaps(const Convolution& convolution, int channels, BytePacking packing,
                             WeightMemory& memory) {
  const int taps = convolution.kernel_height * convolution.kernel_width;
  const int padded = PaddedChannels(channels);
  packing.channels = taps * padded;
  return PackBytes(
      convolution.bias, packing,
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

/// Gives the products of two sources the scales of one, and both biases to the coarse one's.
void JoinProducts(PackedProduct<Int8>& coarse, const PackedProduct<Int8>& fine) {
  for (int n = 0; n < fine.outputs; ++n) {
    const float scale = fine.scales.data()[n];
    coarse.scales.data()[n] /= scale;
    coarse.bias.data()[n] /= scale;
    // Of the same bias; no number where weights are none.
    if (!std::isfinite(fine.bias.data()[n])) coarse.bias.data()[n] = fine.bias.data()[n];
  }
}

PackedStep<Int8> PackStep(const Step& step, int largest_four, bool is_narrow,
                          WeightMemory& memory) {
  PackedStep<Int8> packed;
  const BytePacking padded{.largest_four = largest_four};
  const BytePacking projected{.is_narrow = is_narrow, .largest_four = largest_four};
  if (step.kind == StepKind::kConvolution) {
    packed.project = PackTaps(*step.project, step.sources[0].extent.channels, projected, memory);
    return packed;
  }
  packed.coarse_source = CoarseSource(step);
  std::vector<size_t> others;
  for (size_t s = 0; s < step.sources.size(); ++s) {
    if (static_cast<int>(s) != packed.coarse_source) others.push_back(s);
  }
  if (step.kind == StepKind::kOutput) {
    packed.project = PackPointwise(*step.project, step.sources, others, padded, memory);
    return packed;
  }
  packed.expand = PackPointwise(*step.expand, step.sources, others, padded, memory);
  if (packed.coarse_source >= 0) {
    packed.coarse =
        PackPointwise(*step.expand, step.sources, {Size(packed.coarse_source)}, padded, memory);
    if (memory.wants_values()) JoinProducts(packed.coarse, packed.expand);
  }
  PackDepthwise(*step.depthwise, packed, memory);
  packed.project = PackPointwise(*step.project, {{SourceKind::kTensor, -1, step.expanded}}, {0},
                                 projected, memory);
  return packed;
}

/// Narrow are tensors of few channels whose readers all take bytes as they are.
std::vector<TensorForms> FormsOf(const Plan& plan, bool has_narrow) {
  std::vector<TensorForms> forms(plan.tensors.size());
  for (size_t t = 0; t < forms.size(); ++t) {
    const Tensor& tensor = plan.tensors[t];
    forms[t].is_narrow = has_narrow && tensor.step >= 0 && tensor.extent.width % 2 == 0 &&
                         tensor.extent.channels <= kNarrowChannels;
  }
  for (const Step& step : plan.steps) {
    for (const Source& source : step.sources) {
      if (source.tensor < 0) continue;
      TensorForms& read = forms[Size(source.tensor)];
      (ReadsBytes(step) ? read.bytes : read.values) = true;
      if (!ReadsBytes(step)) read.is_narrow = false;
    }
    if (step.residual >= 0) forms[Size(step.residual)].values = true;
  }
  // What is added to a tensor lies as it does.
  for (bool changed = true; changed;) {
    changed = false;
    for (const Step& step : plan.steps) {
      if (step.residual < 0) continue;
      TensorForms& residual = forms[Size(step.residual)];
      TensorForms& sum = forms[Size(step.output)];
      changed |= residual.is_narrow != sum.is_narrow;
      residual.is_narrow = sum.is_narrow = residual.is_narrow && sum.is_narrow;
    }
  }
  return forms;
}

}  // namespace

PackedProduct<Int8> PackBytes(std::span<const float> bias, const BytePacking& packing,
                              const std::function<float(int, int)>& weight, WeightMemory& memory) {
  const int channels = packing.channels;
  PackedProduct<Int8> packed;
  packed.channels = channels;
  packed.outputs =
      packing.is_narrow ? kNarrowChannels : PaddedChannels(static_cast<int>(bias.size()));
  packed.weights = memory.Take<int8_t>(Size(packed.outputs) * Size(channels));
  packed.scales = memory.Take<float>(Size(packed.outputs));
  packed.signed_starts = memory.Take<int32_t>(Size(packed.outputs));
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
    const ByteWeights rounded = QuantizeWeights(values, largest, packing.largest_four);
    int sum = 0;
    for (int c = 0; c < channels; ++c) {
      const int step = rounded.steps()[Size(c)];
      packed.weights.data()[ByteWeightPlace(n, c, packed.outputs, channels)] =
          static_cast<int8_t>(step);
      sum += step;
    }
    packed.scales.data()[n] = rounded.scale();
    packed.signed_starts.data()[n] = -kSignedZero * sum;
  }
  return packed;
}

template <>  // NOLINTNEXTLINE(performance-unnecessary-value-param): it is moved
PackedPlan<Int8> PackPlan(Plan plan, const Kernels<Int8>& kernels, WeightMemory& memory) {
  PackedPlan<Int8> packed;
  packed.forms = FormsOf(plan, kernels.has_narrow);
  for (const Step& step : plan.steps) {
    const bool is_narrow = step.output >= 0 && packed.forms[Size(step.output)].is_narrow;
    packed.steps.push_back(PackStep(step, kernels.largest_four, is_narrow, memory));
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
