#include "infer/fused/encoder_plan.h"

#include <algorithm>
#include <cstdint>
#include <span>
#include <utility>

namespace mouthpiece::fused {
namespace {

constexpr int kShortRow = 8;

/// Those of the kernel's rows `first` and the next.
PackedProduct<float> PackRows(const Convolution& convolution, int channels, int first,
                              WeightMemory& memory) {
  const int padded = PaddedChannels(channels);
  const int width = convolution.kernel_width;
  const int height = convolution.kernel_height;
  const std::vector<int> depths(static_cast<size_t>(std::min(2, height - first)), width * padded);
  const std::vector<float> nothing(convolution.bias.size());
  return PackProduct<float>(
      first == 0 ? convolution.bias : nothing, depths, kBlockChannels,
      [&](int n, int row, std::span<float> values) {
        std::ranges::fill(values, 0.0F);
        for (int c = 0; c < channels; ++c) {
          const auto filter = static_cast<size_t>(int64_t{n} * channels + c);
          const float* const weights = &convolution.weights[(filter * static_cast<size_t>(height) +
                                                             static_cast<size_t>(first + row)) *
                                                            static_cast<size_t>(width)];
          for (int x = 0; x < width; ++x) values[static_cast<size_t>(x * padded + c)] = weights[x];
        }
      },
      memory);
}

EncoderValue ValueOf(const Extent& extent) {
  return {.extent = extent,
          .channels = PaddedChannels(extent.channels),
          .height = extent.height,
          .width = extent.width};
}

/// Widens `value` by the zeros that a convolution to `result` reads.
void Surround(EncoderValue& value, const Convolution& convolution, const Extent& result) {
  const auto widen = [](int before, int behind, int& at, int& size) {
    const int more = std::max(0, before - at);
    at += more;
    size = std::max(size + more, at + behind);
  };
  widen(convolution.top,
        (result.height - 1) * convolution.stride_y + convolution.kernel_height - convolution.top,
        value.top, value.height);
  widen(convolution.left,
        (result.width - 1) * convolution.stride_x + convolution.kernel_width - convolution.left,
        value.left, value.width);
}

/// Marks what is read outside of the run that makes it, or by one that goes across windows.
void MarkKept(EncoderPlan& plan) {
  for (const PlannedEncoderStep& reader : plan.steps) {
    for (const int source : {reader.step.input, reader.step.residual}) {
      if (source == EncoderStep::kNone) continue;
      const int run =
          source == EncoderStep::kWindow ? 0 : plan.steps[static_cast<size_t>(source)].run;
      if (!reader.goes_by_rows || run != reader.run) {
        plan.values[static_cast<size_t>(source + 1)].is_kept = true;
      }
    }
  }
  plan.values.back().is_kept = true;
}

/// Of all readers the farthest that their products read: of the next rows, or of windows that are
/// not there.
void AddMargins(EncoderPlan& plan) {
  for (const PlannedEncoderStep& reader : plan.steps) {
    EncoderValue& value = plan.values[static_cast<size_t>(reader.step.input + 1)];
    const auto stride =
        static_cast<size_t>(reader.step.convolution.stride_x) * static_cast<size_t>(value.channels);
    const size_t across = reader.goes_by_rows ? 0 : value.window_values();
    value.margin = std::max(value.margin, kMarginPixels * std::max(stride, across));
  }
}

/// Of the weights as they are packed, and of all values of `windows`.
double BytesOf(const EncoderPlan& plan, int windows) {
  double values = 0;
  for (const EncoderValue& value : plan.values) {
    values += static_cast<double>(value.values(windows));
  }
  for (const PlannedEncoderStep& planned : plan.steps) {
    const Convolution& convolution = planned.step.convolution;
    values += static_cast<double>(PaddedChannels(planned.step.extent.channels)) *
              plan.InputOf(planned.step).channels * convolution.kernel_height *
              convolution.kernel_width;
  }
  return values * sizeof(float);
}

}  // namespace

std::optional<EncoderPlan> PlanEncoder(EncoderNetwork network, int windows, size_t most_bytes) {
  EncoderPlan plan;
  plan.values.push_back(ValueOf(network.window));
  for (EncoderStep& step : network.steps) {
    plan.values.push_back(ValueOf(step.extent));
    // Of one row or column, how far the next would be does not matter.
    if (step.extent.width == 1) step.convolution.stride_x = 1;
    if (step.extent.height == 1) step.convolution.stride_y = 1;
    Surround(plan.values[static_cast<size_t>(step.input + 1)], step.convolution, step.extent);
    const bool goes_by_rows = step.extent.width >= kShortRow;
    int run = 0;
    if (!plan.steps.empty()) {
      const PlannedEncoderStep& before = plan.steps.back();
      run = before.run + (before.goes_by_rows == goes_by_rows ? 0 : 1);
    }
    plan.steps.push_back(
        {.step = std::move(step), .products = {}, .goes_by_rows = goes_by_rows, .run = run});
  }
  MarkKept(plan);
  AddMargins(plan);
  if (BytesOf(plan, windows) > static_cast<double>(most_bytes)) return std::nullopt;
  WeightMemory memory;
  for (PlannedEncoderStep& planned : plan.steps) {
    Convolution& convolution = planned.step.convolution;
    for (int row = 0; row < convolution.kernel_height; row += 2) {
      planned.products.push_back(
          PackRows(convolution, plan.InputOf(planned.step).extent.channels, row, memory));
    }
    std::vector<float>().swap(convolution.weights);
  }
  return plan;
}

}  // namespace mouthpiece::fused
