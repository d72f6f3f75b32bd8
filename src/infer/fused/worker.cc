#include "infer/fused/worker.h"

#include <algorithm>
#include <bit>
#include <type_traits>

#include "infer/fused/row_groups.h"

namespace mouthpiece::fused {
namespace {

/// Pixels of a dense convolution's result that are made at once.
constexpr int kConvolutionPixels = 128;
/// A row of zeros stands for what lies above and below a picture.
constexpr int kMargin = 16;

size_t Values(int a, int b) { return static_cast<size_t>(a) * static_cast<size_t>(b); }

/// Values of rows of pixels with what products read beyond them.
size_t RowValues(int pixels, int channels) {
  return Values(pixels + kMargin, channels) + static_cast<size_t>(kDepthChannels);
}

void Set(float value, float& to) { to = value; }

void Set(float value, BFloat16& to) {
  const auto bits = std::bit_cast<uint32_t>(value);
  to.bits = static_cast<uint16_t>((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
}

/// Where row y of a doubled picture lies among the rows of the picture: at y * (height - 1) / (2 *
/// height
/// - 1), corners aligned.
struct DoubledRow {
  DoubledRow(int y, int height) {
    const int last = 2 * height - 1;
    const int rest = y * (height - 1) % last;
    upper = y * (height - 1) / last;
    lower = rest == 0 ? upper : upper + 1;
    lower_weight = static_cast<float>(rest) / static_cast<float>(last);
  }

  int upper;
  int lower;
  float lower_weight;
};

/// The most that any step needs of each working buffer.
template <typename T>
struct Sizes {
  size_t expanded = 0;
  size_t filtered = 0;
  size_t product = 0;
  size_t source_rows[2] = {0, 0};
  size_t taps = 0;
  size_t coarse = 0;

  void Fit(const Step& step) {
    const int outputs = PaddedChannels(step.extent.channels);
    switch (step.kind) {
      case StepKind::kBlock:
        FitBlock(step, outputs);
        break;
      case StepKind::kConvolution:
        Grow(product, Values(kConvolutionPixels + kMargin, outputs));
        Grow(taps, RowValues(kConvolutionPixels, TapDepth(step)));
        break;
      case StepKind::kOutput:
        Grow(product, Values(step.extent.width + kMargin, outputs));
        break;
    }
  }

  static int TapDepth(const Step& step) {
    return step.project->kernel_height * step.project->kernel_width *
           PaddedChannels(step.sources[0].extent.channels);
  }

 private:
  static void Grow(size_t& size, size_t needed) { size = std::max(size, needed); }

  void FitBlock(const Step& step, int outputs) {
    const RowGroups groups(step);
    const int channels = RoundUp(step.expanded.channels, Expanded<T>::kChannels);
    const int width = step.expanded.width;
    Grow(expanded, Values(groups.slots * groups.slot_pixels, channels) +
                       Values(width, Expanded<T>::kChannels));
    Grow(filtered, Values(groups.output_pixels, RoundUp(channels, kDepthChannels)));
    Grow(product, Values(groups.output_pixels, outputs));
    for (size_t s = 0; s < step.sources.size(); ++s) {
      const Source& source = step.sources[s];
      if (static_cast<int>(s) == CoarseSource<T>(step)) {
        const CoarseGroups slots(source);
        Grow(coarse, 2 * Values(slots.pixels, channels));
        continue;
      }
      if (source.kind == SourceKind::kTensor) continue;
      const int depth = PaddedChannels(source.extent.channels);
      Grow(source_rows[s], RowValues(groups.input_rows * width, depth));
    }
  }
};

}  // namespace

template <typename T>
Worker<T>::Worker(const PackedPlan<T>& plan, const Kernels<T>& kernels)
    : plan_(plan), kernels_(kernels), tensors_(plan.plan.values) {
  Sizes<T> sizes;
  for (const Step& step : plan.plan.steps) sizes.Fit(step);
  expanded_ = Buffer<Wide>(sizes.expanded);
  filtered_ = Buffer<T>(sizes.filtered);
  product_ = Buffer<float>(sizes.product);
  for (size_t s = 0; s < 2; ++s) source_rows_[s] = Buffer<T>(sizes.source_rows[s]);
  taps_ = Buffer<T>(sizes.taps);
  coarse_ = Buffer<Wide>(sizes.coarse);
}

template <typename T>
T* Worker<T>::TensorData(int tensor) {
  return tensors_.data() + plan_.plan.tensors[static_cast<size_t>(tensor)].offset;
}

template <typename T>
const T* Worker<T>::TensorRow(int tensor, int row) {
  const Extent& extent = plan_.plan.tensors[static_cast<size_t>(tensor)].extent;
  return TensorData(tensor) + Values(row * extent.width, PaddedChannels(extent.channels));
}

template <typename T>
void Worker<T>::Run(std::span<const uint8_t> visual, std::span<const float> audio,
                    std::span<uint8_t> prediction) {
  visual_ = visual;
  prediction_ = prediction;
  if (plan_.plan.audio >= 0) LoadAudio(audio);
  for (size_t s = 0; s < plan_.steps.size(); ++s) {
    const Step& step = plan_.plan.steps[s];
    switch (step.kind) {
      case StepKind::kBlock:
        RunBlock(step, plan_.steps[s]);
        break;
      case StepKind::kConvolution:
        RunConvolution(step, plan_.steps[s]);
        break;
      case StepKind::kOutput:
        RunOutput(step, plan_.steps[s]);
        break;
    }
  }
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
      Set(audio[Values(c, extent.pixels()) + static_cast<size_t>(p)], to[p * channels + c]);
    }
  }
}

template <typename T>
Operand<T> Worker<T>::SourceRows(const Source& source, int index, int begin, int end) {
  const int channels = PaddedChannels(source.extent.channels);
  const int width = source.extent.width;
  Operand<T> operand{nullptr, channels, kDepthChannels, channels};
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

/// Fills widened rows with what the coarse source and the bias give.
template <>
void Worker<float>::StartFromCoarse(const Step& step, const PackedStep<float>& packed, int begin,
                                    int end, float* result, ptrdiff_t result_stride) {
  const Source& source = step.sources[static_cast<size_t>(CoarseSource<float>(step))];
  const CoarseGroups groups(source);
  const int channels = PaddedChannels(source.extent.channels);
  const int blocks = packed.coarse.outputs / kBlockChannels;
  const ptrdiff_t block_stride = ptrdiff_t{groups.pixels} * kBlockChannels;
  const auto slot = [&](int row) {
    return coarse_.data() + row / groups.rows % 2 * blocks * block_stride;
  };
  const auto make_rows_to = [&](int row) {
    while (coarse_rows_ <= row) {
      const int next = std::min(coarse_rows_ + groups.rows, groups.height);
      kernels_.multiply({.sources = {Operand<float>{TensorRow(source.tensor, coarse_rows_),
                                                    channels, kDepthChannels, channels}},
                         .source_count = 1,
                         .weights = packed.coarse.weights.data(),
                         .bias = packed.coarse.bias.data(),
                         .pixels = (next - coarse_rows_) * groups.width,
                         .outputs = packed.coarse.outputs,
                         .relu = false,
                         .result = slot(coarse_rows_),
                         .result_stride = block_stride});
      coarse_rows_ = next;
    }
  };
  for (int y = begin; y < end; ++y) {
    const DoubledRow at(y, groups.height);
    make_rows_to(at.lower);
    for (int b = 0; b < blocks; ++b) {
      const auto row = [&](int r) {
        return slot(r) + b * block_stride +
               ptrdiff_t{r % groups.rows} * groups.width * kBlockChannels;
      };
      kernels_.upsample({.upper = row(at.upper),
                         .lower = row(at.lower),
                         .lower_weight = at.lower_weight,
                         .output = result + b * result_stride +
                                   ptrdiff_t{y - begin} * source.extent.width * kBlockChannels,
                         .width = groups.width,
                         .channels = kBlockChannels});
    }
  }
}

template <typename T>
void Worker<T>::ExpandRows(const Step& step, const PackedStep<T>& packed, int begin, int end,
                           Wide* result, ptrdiff_t result_stride) {
  Product<T, Wide> product{.sources = {},
                           .source_count = 0,
                           .weights = packed.expand.weights.data(),
                           .bias = packed.expand.bias.data(),
                           .pixels = (end - begin) * step.expanded.width,
                           .outputs = packed.expand.outputs,
                           .relu = true,
                           .result = result,
                           .result_stride = result_stride};
  const int coarse = CoarseSource<T>(step);
  if constexpr (std::is_same_v<T, float>) {
    if (coarse >= 0) {
      StartFromCoarse(step, packed, begin, end, result, result_stride);
      product.accumulate = true;
    }
  }
  for (int s = 0; s < static_cast<int>(step.sources.size()); ++s) {
    if (s == coarse) continue;
    product.sources[product.source_count++] =
        SourceRows(step.sources[static_cast<size_t>(s)], s, begin, end);
  }
  kernels_.expand(product);
}

template <typename T>
void Worker<T>::RunBlock(const Step& step, const PackedStep<T>& packed) {
  const RowGroups groups(step);
  const int stride = step.depthwise->stride_y;
  const int height = step.expanded.height;
  const int width = step.expanded.width;
  constexpr int kBlock = Expanded<T>::kChannels;
  const int blocks = packed.expand.outputs / kBlock;
  const ptrdiff_t block_stride = ptrdiff_t{groups.slots} * groups.slot_pixels * kBlock;
  const int channels = PaddedChannels(step.extent.channels);
  const ptrdiff_t product_stride = ptrdiff_t{groups.output_pixels} * kBlockChannels;

  coarse_rows_ = 0;
  Wide* nothing = expanded_.data();  // a row of zeros, and then the ring
  std::fill_n(nothing, Values(width, kBlock), Wide{});
  Wide* ring = nothing + Values(width, kBlock);
  const auto slot = [&](int row) {
    return ring + ptrdiff_t{row / groups.input_rows % groups.slots} * groups.slot_pixels * kBlock;
  };

  int expanded = 0;
  for (int begin = 0; begin < step.extent.height; begin += groups.output_rows) {
    const int end = std::min(begin + groups.output_rows, step.extent.height);
    const int needed = std::min((end - 1) * stride + 2, height);
    while (expanded < needed) {
      const int next = std::min(expanded + groups.input_rows, height);
      ExpandRows(step, packed, expanded, next, slot(expanded), block_stride);
      expanded = next;
    }
    for (int b = 0; b < blocks; ++b) {
      const auto row = [&](int y) -> const Wide* {
        if (y < 0 || y >= height) return nothing;
        return slot(y) + b * block_stride + ptrdiff_t{y % groups.input_rows} * width * kBlock;
      };
      const int channel = b * kBlock;
      T* filtered = filtered_.data() +
                    ptrdiff_t{channel / kDepthChannels} * groups.output_pixels * kDepthChannels +
                    channel % kDepthChannels;
      for (int y = begin; y < end; ++y) {
        kernels_.depthwise(
            {.rows = {row(y * stride - 1), row(y * stride), row(y * stride + 1)},
             .width = width,
             .output_width = step.extent.width,
             .stride = stride,
             .weights = packed.depthwise_weights.data() + ptrdiff_t{channel} * 9,
             .bias = packed.depthwise_bias.data() + channel,
             .output = filtered + ptrdiff_t{y - begin} * step.extent.width * kDepthChannels,
             .output_stride = kDepthChannels});
      }
    }
    const int pixels = (end - begin) * step.extent.width;
    kernels_.multiply({.sources = {Operand<T>{filtered_.data(), kDepthChannels,
                                              ptrdiff_t{groups.output_pixels} * kDepthChannels,
                                              packed.expand.outputs}},
                       .source_count = 1,
                       .weights = packed.project.weights.data(),
                       .bias = packed.project.bias.data(),
                       .pixels = pixels,
                       .outputs = packed.project.outputs,
                       .relu = false,
                       .result = product_.data(),
                       .result_stride = product_stride});
    const size_t offset = Values(begin * step.extent.width, channels);
    kernels_.finish({.product = product_.data(),
                     .product_stride = product_stride,
                     .residual = step.residual < 0 ? nullptr : TensorData(step.residual) + offset,
                     .relu = false,
                     .output = TensorData(step.output) + offset,
                     .pixels = pixels,
                     .channels = channels});
  }
}

template <typename T>
void Worker<T>::RunConvolution(const Step& step, const PackedStep<T>& packed) {
  const Convolution& convolution = *step.project;
  const Extent& from = step.sources[0].extent;
  const int inputs = PaddedChannels(from.channels);
  const int depth = Sizes<T>::TapDepth(step);
  const int channels = PaddedChannels(step.extent.channels);
  const T* source = TensorData(step.sources[0].tensor);
  const ptrdiff_t product_stride = ptrdiff_t{kConvolutionPixels + kMargin} * kBlockChannels;
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
                       .relu = false,
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
void Worker<T>::RunOutput(const Step& step, const PackedStep<T>& packed) {
  const int width = step.extent.width;
  for (int y = 0; y < step.extent.height; ++y) {
    kernels_.multiply({.sources = {SourceRows(step.sources[0], 0, y, y + 1)},
                       .source_count = 1,
                       .weights = packed.project.weights.data(),
                       .bias = packed.project.bias.data(),
                       .pixels = width,
                       .outputs = packed.project.outputs,
                       .relu = false,
                       .result = product_.data(),
                       .result_stride = 0});
    kernels_.paint(product_.data(), width, prediction_.data() + y * width, step.extent.pixels());
  }
}

template class Worker<float>;
template class Worker<BFloat16>;

}  // namespace mouthpiece::fused
