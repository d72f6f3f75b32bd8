#include "infer/fused/encoder_worker.h"

#include <algorithm>
#include <cmath>

namespace mouthpiece::fused {
namespace {

ptrdiff_t ProductStride(int pixels) { return ptrdiff_t{pixels + kMarginPixels} * kBlockChannels; }

float Changed(const Pointwise& by, float value, size_t channel) {
  switch (by.kind) {
    case PointwiseKind::kAffine:
      return by.scale[channel] * value + by.offset[channel];
    case PointwiseKind::kClip:
      return std::min(std::max(value, by.low), by.high);
    case PointwiseKind::kLeaky:
      return value < 0 ? by.low * value : value;
    case PointwiseKind::kSigmoid:
      return 1 / (1 + std::exp(-value));
    case PointwiseKind::kTanh:
      break;
  }
  return std::tanh(value);
}

}  // namespace

EncoderWorker::EncoderWorker(const EncoderPlan& plan, const Kernels<float>& kernels)
    : plan_(plan), kernels_(kernels) {
  for (const EncoderValue& value : plan.values) values_.emplace_back(value.values(kMostWindows));
  ptrdiff_t product = 0;
  size_t finished = 0;
  for (const PlannedEncoderStep& planned : plan.steps) {
    const int channels = PaddedChannels(planned.step.extent.channels);
    const int across = planned.goes_by_rows ? 0 : kMostWindows;
    const int pixels = std::max(planned.step.extent.width, across);
    product = std::max(product, ProductStride(pixels) * (channels / kBlockChannels));
    finished = std::max(finished, static_cast<size_t>(across) * static_cast<size_t>(channels));
  }
  product_ = Buffer<float>(static_cast<size_t>(product));
  finished_ = Buffer<float>(finished);
  residual_ = Buffer<float>(finished);
}

float* EncoderWorker::ValueAt(int step, int window) {
  const auto index = static_cast<size_t>(step + 1);
  const EncoderValue& value = plan_.values[index];
  return values_[index].data() +
         (value.is_kept ? static_cast<size_t>(window) * value.window_values() : 0);
}

void EncoderWorker::Fill(int window, const float* values) {
  const EncoderValue& value = plan_.values.front();
  const Extent& extent = value.extent;
  float* const to = ValueAt(EncoderStep::kWindow, window);
  for (int c = 0; c < extent.channels; ++c) {
    for (int y = 0; y < extent.height; ++y) {
      for (int x = 0; x < extent.width; ++x) to[value.Offset(y, x) + c] = *values++;
    }
  }
}

void EncoderWorker::Multiply(const PlannedEncoderStep& planned, const float* input,
                             ptrdiff_t row_stride, ptrdiff_t pixel_stride, int pixels) {
  const Convolution& convolution = planned.step.convolution;
  const int channels = convolution.kernel_width * plan_.InputOf(planned.step).channels;
  int row = 0;
  for (const PackedProduct<float>& packed : planned.products) {
    Product<float> product{.sources = {},
                           .source_count = 0,
                           .weights = packed.weights.data(),
                           .bias = packed.bias.data(),
                           .pixels = pixels,
                           .outputs = packed.outputs,
                           .start = row == 0 ? nullptr : product_.data(),
                           .start_stride = ProductStride(pixels),
                           .result = product_.data(),
                           .result_stride = ProductStride(pixels)};
    for (; product.source_count < 2 && row < convolution.kernel_height; ++row) {
      product.sources[product.source_count++] = {
          .data = input + row * row_stride, .pixel_stride = pixel_stride, .channels = channels};
    }
    kernels_.multiply(product);
  }
}

void EncoderWorker::Finish(const PlannedEncoderStep& planned, const float* residual, float* output,
                           int pixels) {
  const auto channels = static_cast<size_t>(planned.step.extent.channels);
  const auto padded = static_cast<size_t>(PaddedChannels(planned.step.extent.channels));
  kernels_.finish({.product = product_.data(),
                   .product_stride = ProductStride(pixels),
                   .residual = residual,
                   .relu = planned.step.convolution.relu,
                   .output = output,
                   .pixels = pixels,
                   .channels = static_cast<int>(padded)});
  // Infinite inputs times the weights of these, which are 0, are no numbers.
  for (size_t p = 0; channels < padded && p < static_cast<size_t>(pixels); ++p) {
    std::fill(output + p * padded + channels, output + (p + 1) * padded, 0.0F);
  }
  for (const Pointwise& by : planned.step.after) {
    for (size_t p = 0; p < static_cast<size_t>(pixels); ++p) {
      float* const values = output + p * padded;
      for (size_t c = 0; c < channels; ++c) values[c] = Changed(by, values[c], c);
    }
  }
}

void EncoderWorker::RunByRows(const PlannedEncoderStep& planned, int number, int window) {
  const EncoderStep& step = planned.step;
  const Convolution& convolution = step.convolution;
  const EncoderValue& from = plan_.InputOf(step);
  const EncoderValue& to = plan_.values[static_cast<size_t>(number + 1)];
  const float* const input = ValueAt(step.input, window);
  float* const output = ValueAt(number, window);
  for (int y = 0; y < to.extent.height; ++y) {
    const float* residual = nullptr;
    if (step.residual != EncoderStep::kNone) {
      residual = ValueAt(step.residual, window) +
                 plan_.values[static_cast<size_t>(step.residual + 1)].Offset(y, 0);
    }
    Multiply(planned,
             input + from.Offset(y * convolution.stride_y - convolution.top, -convolution.left),
             ptrdiff_t{from.width} * from.channels, ptrdiff_t{convolution.stride_x} * from.channels,
             to.extent.width);
    Finish(planned, residual, output + to.Offset(y, 0), to.extent.width);
  }
}

void EncoderWorker::RunAcross(const PlannedEncoderStep& planned, int number, int windows) {
  const EncoderStep& step = planned.step;
  const Convolution& convolution = step.convolution;
  const EncoderValue& from = plan_.InputOf(step);
  const EncoderValue& to = plan_.values[static_cast<size_t>(number + 1)];
  const float* const input = ValueAt(step.input, 0);
  for (int y = 0; y < to.extent.height; ++y) {
    for (int x = 0; x < to.extent.width; ++x) {
      Multiply(planned,
               input + from.Offset(y * convolution.stride_y - convolution.top,
                                   x * convolution.stride_x - convolution.left),
               ptrdiff_t{from.width} * from.channels, static_cast<ptrdiff_t>(from.window_values()),
               windows);
      const bool has_residual = step.residual != EncoderStep::kNone;
      for (int w = 0; has_residual && w < windows; ++w) {
        const EncoderValue& value = plan_.values[static_cast<size_t>(step.residual + 1)];
        std::copy_n(ValueAt(step.residual, w) + value.Offset(y, x), to.channels,
                    residual_.data() + ptrdiff_t{w} * to.channels);
      }
      Finish(planned, has_residual ? residual_.data() : nullptr, finished_.data(), windows);
      for (int w = 0; w < windows; ++w) {
        std::copy_n(finished_.data() + ptrdiff_t{w} * to.channels, to.channels,
                    ValueAt(number, w) + to.Offset(y, x));
      }
    }
  }
}

void EncoderWorker::Run(std::span<const float> windows, std::span<float> rows) {
  const KernelThread<float> thread(kernels_);
  const Extent& extent = plan_.values.front().extent;
  const auto values = static_cast<size_t>(extent.pixels()) * static_cast<size_t>(extent.channels);
  const auto row = static_cast<size_t>(plan_.values.back().extent.channels);
  const int count = static_cast<int>(rows.size() / row);
  const auto fill = [&](int w) { Fill(w, windows.data() + static_cast<size_t>(w) * values); };
  const bool is_kept = plan_.values.front().is_kept;
  for (int w = 0; is_kept && w < count; ++w) fill(w);
  const int steps = static_cast<int>(plan_.steps.size());
  const auto at = [&](int step) -> const PlannedEncoderStep& {
    return plan_.steps[static_cast<size_t>(step)];
  };
  for (int first = 0; first < steps;) {
    if (!at(first).goes_by_rows) {
      if (count > at(first).step.extent.width) {
        RunAcross(at(first), first, count);
      } else {  // fewer pixels than in a row
        for (int w = 0; w < count; ++w) RunByRows(at(first), first, w);
      }
      ++first;
      continue;
    }
    int end = first;
    while (end < steps && at(end).goes_by_rows) ++end;
    for (int w = 0; w < count; ++w) {
      if (first == 0 && !is_kept) fill(w);
      for (int step = first; step < end; ++step) RunByRows(at(step), step, w);
    }
    first = end;
  }
  for (int w = 0; w < count; ++w) {
    std::copy_n(ValueAt(steps - 1, w), row, rows.data() + static_cast<size_t>(w) * row);
  }
}

}  // namespace mouthpiece::fused
