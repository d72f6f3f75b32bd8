#include "infer/fused/packed_plan.h"

#include <algorithm>
#include <utility>

namespace mouthpiece::fused {
namespace {

/// A 1x1 convolution, or the part of it that reads the sources in `chosen`. Pictures come as bytes,
/// 255 for 1.
template <typename T>
PackedProduct<T> PackPointwise(const Convolution& convolution, const std::vector<Source>& sources,
                               const std::vector<size_t>& chosen, int block, WeightMemory& memory) {
  std::vector<int> depths;
  std::vector<int> first;
  int inputs = 0;
  for (const Source& source : sources) {
    first.push_back(inputs);
    inputs += source.extent.channels;
  }
  for (const size_t s : chosen) depths.push_back(sources[s].extent.channels);
  return PackProduct<T>(
      convolution.bias, depths, block,
      [&](int n, int source, std::span<float> row) {
        const size_t s = chosen[static_cast<size_t>(source)];
        const float scale = sources[s].kind == SourceKind::kVisual ? 1.0F / 255.0F : 1.0F;
        const float* const weights =
            &convolution.weights[static_cast<size_t>(n * inputs + first[s])];
        for (size_t c = 0; c < row.size(); ++c) row[c] = scale * weights[c];
      },
      memory);
}

/// A product over the taps of a kernel, each with its padded channels.
template <typename T>
PackedProduct<T> PackTaps(const Convolution& convolution, int channels, WeightMemory& memory) {
  const int taps = convolution.kernel_height * convolution.kernel_width;
  const int padded = PaddedChannels(channels);
  const int depth = taps * padded;
  return PackProduct<T>(
      convolution.bias, std::span(&depth, 1), kBlockChannels,
      [&](int n, int, std::span<float> row) {
        std::ranges::fill(row, 0.0F);
        for (int c = 0; c < channels; ++c) {
          for (int tap = 0; tap < taps; ++tap) {
            row[static_cast<size_t>(tap * padded + c)] =
                convolution.weights[static_cast<size_t>((n * channels + c) * taps + tap)];
          }
        }
      },
      memory);
}

/// The source of a block that is a doubled picture, or -1.
int DoubledSource(const Step& step) {
  const auto doubled = std::ranges::find(step.sources, SourceKind::kUpsampled, &Source::kind);
  return doubled == step.sources.end() ? -1 : static_cast<int>(doubled - step.sources.begin());
}

template <typename T>
void PackDepthwise(const Convolution& depthwise, PackedStep<T>& packed, WeightMemory& memory) {
  using Wide = typename Layout<T>::Wide;
  constexpr size_t kBlock = Layout<T>::kWideChannels;
  const auto padded = static_cast<size_t>(packed.expand.outputs);
  packed.depthwise_weights = memory.Take<Wide>(padded * 9);
  packed.depthwise_bias = memory.Take<Wide>(padded);
  if (!memory.wants_values()) return;
  for (size_t c = 0; c < depthwise.bias.size(); ++c) {
    packed.depthwise_bias.data()[c] = RoundTo<Wide>(depthwise.bias[c]);
    for (size_t tap = 0; tap < 9; ++tap) {
      packed.depthwise_weights.data()[(c / kBlock * 9 + tap) * kBlock + c % kBlock] =
          RoundTo<Wide>(depthwise.weights[c * 9 + tap]);
    }
  }
}

template <typename T>
PackedStep<T> PackStep(const Step& step, bool doubles_sums, WeightMemory& memory) {
  PackedStep<T> packed;
  if (step.kind != StepKind::kBlock) {
    packed.project = PackTaps<T>(*step.project, step.sources[0].extent.channels, memory);
    return packed;
  }
  if (doubles_sums) packed.coarse_source = DoubledSource(step);
  const int coarse = packed.coarse_source;
  std::vector<size_t> others;
  for (size_t s = 0; s < step.sources.size(); ++s) {
    if (static_cast<int>(s) != coarse) others.push_back(s);
  }
  packed.expand =
      PackPointwise<T>(*step.expand, step.sources, others, Layout<T>::kWideChannels, memory);
  if (coarse >= 0) {
    packed.coarse = PackPointwise<T>(*step.expand, step.sources, {static_cast<size_t>(coarse)},
                                     Layout<T>::kWideChannels, memory);
  }
  PackDepthwise<T>(*step.depthwise, packed, memory);
  const Source expanded{SourceKind::kTensor, -1, step.expanded};
  packed.project = PackPointwise<T>(*step.project, {expanded}, {0}, kBlockChannels, memory);
  return packed;
}

}  // namespace

template <typename T>
PackedProduct<T> PackProduct(std::span<const float> bias, std::span<const int> depths, int block,
                             const ProductWeights& weights, WeightMemory& memory) {
  constexpr int kMultiple = Layout<T>::kSourceChannels;
  int depth = 0;
  for (const int channels : depths) depth += RoundUp(channels, kMultiple);
  PackedProduct<T> packed;
  packed.outputs = RoundUp(static_cast<int>(bias.size()), block);
  packed.weights = memory.Take<T>(static_cast<size_t>(packed.outputs) * static_cast<size_t>(depth));
  packed.bias = memory.Take<float>(static_cast<size_t>(packed.outputs));
  if (!memory.wants_values()) return packed;
  std::vector<float> row;
  for (int n = 0; n < static_cast<int>(bias.size()); ++n) {
    packed.bias.data()[n] = bias[static_cast<size_t>(n)];
    int first = 0;
    for (int s = 0; s < static_cast<int>(depths.size()); ++s) {
      const int channels = depths[static_cast<size_t>(s)];
      row.resize(static_cast<size_t>(channels));
      weights(n, s, row);
      for (int c = 0; c < channels; ++c) {
        packed.weights.data()[Layout<T>::WeightPlace(n, first + c, depth)] =
            RoundTo<T>(row[static_cast<size_t>(c)]);
      }
      first += RoundUp(channels, kMultiple);
    }
  }
  return packed;
}

template <typename T>  // NOLINTNEXTLINE(performance-unnecessary-value-param): it is moved
PackedPlan<T> PackPlan(Plan plan, const Kernels<T>& kernels, WeightMemory& memory) {
  PackedPlan<T> packed;
  const bool doubles_sums = kernels.double_sums != nullptr;
  for (const Step& step : plan.steps)
    packed.steps.push_back(PackStep<T>(step, doubles_sums, memory));
  packed.plan = std::move(plan);
  return packed;
}

template PackedProduct<float> PackProduct(std::span<const float>, std::span<const int>, int,
                                          const ProductWeights&, WeightMemory&);
template PackedProduct<BFloat16> PackProduct(std::span<const float>, std::span<const int>, int,
                                             const ProductWeights&, WeightMemory&);
template PackedProduct<PairedBFloat16> PackProduct(std::span<const float>, std::span<const int>,
                                                   int, const ProductWeights&, WeightMemory&);
template PackedPlan<float> PackPlan(Plan plan, const Kernels<float>&, WeightMemory&);
template PackedPlan<BFloat16> PackPlan(Plan plan, const Kernels<BFloat16>&, WeightMemory&);
template PackedPlan<PairedBFloat16> PackPlan(Plan plan, const Kernels<PairedBFloat16>&,
                                             WeightMemory&);

}  // namespace mouthpiece::fused
