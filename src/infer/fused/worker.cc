#include "infer/fused/worker.h"

#include <algorithm>

#include "infer/fused/worker_sizes.h"

namespace mouthpiece::fused {

template <typename T>
Worker<T>::Worker(const PackedPlan<T>& plan, const Kernels<T>& kernels)
    : plan_(plan), kernels_(kernels), progress_(plan.steps.size()), tensors_(plan.plan.values) {
  WorkerSizes<T> sizes;
  for (size_t s = 0; s < plan.steps.size(); ++s) sizes.Fit(plan.plan.steps[s], plan.steps[s]);
  rings_ = sizes.expanded;
  expanded_ = Buffer<Wide>(rings_.size());
  filtered_ = Buffer<T>(sizes.filtered);
  product_ = Buffer<float>(sizes.product);
  for (size_t s = 0; s < 2; ++s) source_rows_[s] = Buffer<T>(sizes.source_rows[s]);
  taps_ = Buffer<T>(sizes.taps);
  coarse_rings_ = sizes.coarse;
  coarse_ = Buffer<float>(coarse_rings_.size());
  doubled_ = Buffer<float>(sizes.doubled);
}

template <typename T>
T* Worker<T>::TensorData(int tensor) {
  return tensors_.data() + plan_.plan.tensors[static_cast<size_t>(tensor)].offset;
}

template <typename T>
T* Worker<T>::TensorRow(int tensor, int row) {
  const Tensor& of = plan_.plan.tensors[static_cast<size_t>(tensor)];
  return TensorData(tensor) +
         Values(row % of.rows * of.extent.width, PaddedChannels(of.extent.channels));
}

template <typename T>
void Worker<T>::Run(std::span<const uint8_t> visual, std::span<const float> audio,
                    std::span<uint8_t> prediction) {
  visual_ = visual;
  prediction_ = prediction;
  if (plan_.plan.audio >= 0) LoadAudio(audio);
  std::ranges::fill(progress_, Progress{});
  AdvanceAll(plan_.plan.steps, [this](size_t s, int rows) { Advance(s, rows); });
}

template <typename T>
void Worker<T>::Advance(size_t s, int rows) {
  if (progress_[s].done >= rows) return;
  const Step& step = plan_.plan.steps[s];
  switch (step.kind) {
    case StepKind::kBlock:
      AdvanceBlock(s, rows);
      break;
    case StepKind::kConvolution:
      RunConvolution(step, plan_.steps[s]);
      progress_[s].done = step.extent.height;
      break;
    case StepKind::kOutput:
      AdvanceOutput(s, rows);
      break;
  }
}

template <typename T>
void Worker<T>::MakeSources(const Step& step, int end) {
  AdvanceSources(plan_.plan, step, end, [this](size_t s, int rows) { Advance(s, rows); });
}

template <typename T>
void Worker<T>::LoadAudio(std::span<const float> audio) {
  const Extent& extent = plan_.plan.tensors[static_cast<size_t>(plan_.plan.audio)].extent;
  const int channels = PaddedChannels(extent.channels);
  T* to = TensorData(plan_.plan.audio);
  // The padding too: the memory may have held another tensor.
  std::fill_n(to, Values(extent.pixels(), channels), T{});
  for (int c = 0; c < extent.channels; ++c) {
    for (int p = 0; p < extent.pixels(); ++p) {
      to[p * channels + c] = RoundTo<T>(audio[Values(c, extent.pixels()) + static_cast<size_t>(p)]);
    }
  }
}

template <typename T>
Operand<T> Worker<T>::SourceRows(const Source& source, int index, int begin, int end) {
  const int channels = PaddedChannels(source.extent.channels);
  const int width = source.extent.width;
  Operand<T> operand{nullptr, channels, kDepthChannels,
                     Layout<T>::ReadChannels(source.extent.channels)};
  if (source.kind == SourceKind::kTensor) {
    operand.data = TensorRow(source.tensor, begin);
    return operand;
  }
  T* rows = source_rows_[index].data();
  operand.data = rows;
  if (source.kind == SourceKind::kVisual) {
    kernels_.interleave(visual_.data() + begin * width, source.extent.pixels(),
                        (end - begin) * width, rows);
    return operand;
  }
  for (int y = begin; y < end; ++y) {
    const DoubledRow at(y, source.extent.height / 2);
    kernels_.upsample({.upper = TensorRow(source.tensor, at.upper),
                       .lower = TensorRow(source.tensor, at.lower),
                       .lower_weight = at.lower_weight,
                       .output = rows + Values((y - begin) * width, channels),
                       .width = width / 2,
                       .channels = channels});
  }
  return operand;
}

template <typename T>
void Worker<T>::RunConvolution(const Step& step, const PackedStep<T>& packed) {
  const Convolution& convolution = *step.project;
  const Extent& from = step.sources[0].extent;
  const int inputs = PaddedChannels(from.channels);
  const int depth = TapDepth(step);
  const int channels = PaddedChannels(step.extent.channels);
  const T* source = TensorData(step.sources[0].tensor);
  const ptrdiff_t product_stride = ptrdiff_t{kConvolutionPixels + kMarginPixels} * kBlockChannels;
  for (int begin = 0; begin < step.extent.pixels(); begin += kConvolutionPixels) {
    const int end = std::min(begin + kConvolutionPixels, step.extent.pixels());
    T* to = taps_.data();
    for (int p = begin; p < end; ++p) {
      const int top = p / step.extent.width * convolution.stride_y - convolution.top;
      const int left = p % step.extent.width * convolution.stride_x - convolution.left;
      for (int y = top; y < top + convolution.kernel_height; ++y) {
        for (int x = left; x < left + convolution.kernel_width; ++x, to += inputs) {
          if (y < 0 || y >= from.height || x < 0 || x >= from.width) {
            std::fill_n(to, inputs, T{});
          } else {
            std::copy_n(source + Values(y * from.width + x, inputs), inputs, to);
          }
        }
      }
    }
    kernels_.multiply({.sources = {Operand<T>{taps_.data(), depth, kDepthChannels, depth}},
                       .source_count = 1,
                       .weights = packed.project.weights.data(),
                       .bias = packed.project.bias.data(),
                       .pixels = end - begin,
                       .outputs = packed.project.outputs,
                       .result = product_.data(),
                       .result_stride = product_stride});
    kernels_.finish({.product = product_.data(),
                     .product_stride = product_stride,
                     .residual = nullptr,
                     .relu = convolution.relu,
                     .output = TensorData(step.output) + Values(begin, channels),
                     .pixels = end - begin,
                     .channels = channels});
  }
}

template <typename T>
void Worker<T>::AdvanceOutput(size_t s, int rows) {
  const Step& step = plan_.plan.steps[s];
  const PackedStep<T>& packed = plan_.steps[s];
  const int width = step.extent.width;
  for (int& y = progress_[s].done; y < rows; ++y) {
    MakeSources(step, y + 1);
    kernels_.multiply({.sources = {SourceRows(step.sources[0], 0, y, y + 1)},
                       .source_count = 1,
                       .weights = packed.project.weights.data(),
                       .bias = packed.project.bias.data(),
                       .pixels = width,
                       .outputs = packed.project.outputs,
                       .result = product_.data(),
                       .result_stride = 0});
    kernels_.paint(product_.data(), width, prediction_.data() + y * width, step.extent.pixels());
  }
}

template class Worker<float>;
template class Worker<BFloat16>;
template class Worker<PairedBFloat16>;

}  // namespace mouthpiece::fused
