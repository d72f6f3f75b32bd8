// Running one block: a 1x1 convolution, a depthwise 3x3 and a 1x1 back, a few rows at a time.
#include <algorithm>
#include <type_traits>

#include "infer/fused/worker.h"
#include "infer/fused/worker_sizes.h"

namespace mouthpiece::fused {

/// Fills `sums` of widened rows with what the coarse source and the bias give.
template <typename T>
void Worker<T>::StartFromCoarse(size_t s, int begin, int end, float* sums, ptrdiff_t sums_stride) {
  const Step& step = plan_.plan.steps[s];
  const PackedStep<T>& packed = plan_.steps[s];
  int& made = progress_[s].coarse;
  const Source& source = step.sources[static_cast<size_t>(packed.coarse_source)];
  const CoarseGroups groups(source);
  const int channels = PaddedChannels(source.extent.channels);
  const int outputs = PaddedChannels(step.expanded.channels);
  const int blocks = outputs / kBlockChannels;
  const ptrdiff_t block_stride = ptrdiff_t{groups.pixels} * kBlockChannels;
  const auto slot = [&](int row) {
    return coarse_.data() + coarse_rings_[s] + row / groups.rows % 2 * blocks * block_stride;
  };
  const auto make_rows_to = [&](int row) {
    while (made <= row) {
      const int next = std::min(made + groups.rows, groups.height);
      kernels_.multiply({.sources = {Operand<T>{TensorRow(source.tensor, made), channels,
                                                kDepthChannels, channels}},
                         .source_count = 1,
                         .weights = packed.coarse.weights.data(),
                         .bias = packed.coarse.bias.data(),
                         .pixels = (next - made) * groups.width,
                         .outputs = outputs,
                         .result = slot(made),
                         .result_stride = block_stride});
      made = next;
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
      kernels_.double_sums({.upper = row(at.upper),
                            .lower = row(at.lower),
                            .lower_weight = at.lower_weight,
                            .output = sums + b * sums_stride +
                                      ptrdiff_t{y - begin} * source.extent.width * kBlockChannels,
                            .width = groups.width,
                            .channels = kBlockChannels});
    }
  }
}

template <typename T>
void Worker<T>::ExpandRows(size_t s, int begin, int end, Wide* result, ptrdiff_t result_stride) {
  const Step& step = plan_.plan.steps[s];
  const PackedStep<T>& packed = plan_.steps[s];
  MakeSources(step, end);  // first, since it uses the same memory
  Product<T, Wide> product{.sources = {},
                           .source_count = 0,
                           .weights = packed.expand.weights.data(),
                           .bias = packed.expand.bias.data(),
                           .pixels = (end - begin) * step.expanded.width,
                           .outputs = PaddedChannels(step.expanded.channels),
                           .result = result,
                           .result_stride = result_stride};
  if (packed.coarse_source >= 0) {
    float* sums = doubled_.data();
    product.start_stride = ptrdiff_t{RoundUp(product.pixels, kMarginPixels)} * kBlockChannels;
    if constexpr (std::is_same_v<Wide, float>) {  // where they are needed
      sums = result;
      product.start_stride = result_stride;
    }
    StartFromCoarse(s, begin, end, sums, product.start_stride);
    product.start = sums;
  }
  for (int i = 0; i < static_cast<int>(step.sources.size()); ++i) {
    if (i == packed.coarse_source) continue;
    product.sources[product.source_count++] =
        SourceRows(step.sources[static_cast<size_t>(i)], i, begin, end);
  }
  kernels_.expand(product);
}

template <typename T>
void Worker<T>::AdvanceBlock(size_t s, int rows) {
  const Step& step = plan_.plan.steps[s];
  const PackedStep<T>& packed = plan_.steps[s];
  Progress& progress = progress_[s];
  const RowGroups groups(step);
  const int stride = step.depthwise->stride_y;
  const int height = step.expanded.height;
  const int width = step.expanded.width;
  constexpr int kBlock = Layout<T>::kWideChannels;
  const int blocks = packed.expand.outputs / kBlock;
  const ptrdiff_t block_stride = ptrdiff_t{groups.slots} * groups.slot_pixels * kBlock;
  const int channels = PaddedChannels(step.extent.channels);
  const ptrdiff_t product_stride = ptrdiff_t{groups.output_pixels} * kBlockChannels;

  Wide* nothing = expanded_.data() + rings_[s];  // a row of zeros, and then the ring
  if (progress.done == 0) std::fill_n(nothing, Values(width, kBlock), Wide{});
  Wide* ring = nothing + Values(width, kBlock);
  const auto slot = [&](int row) {
    return ring + ptrdiff_t{row / groups.input_rows % groups.slots} * groups.slot_pixels * kBlock;
  };

  while (progress.done < rows) {
    const int begin = progress.done;
    const int end = std::min(begin + groups.output_rows, step.extent.height);
    const int needed = std::min((end - 1) * stride + 2, height);
    while (progress.expanded < needed) {
      const int next = std::min(progress.expanded + groups.input_rows, height);
      ExpandRows(s, progress.expanded, next, slot(progress.expanded), block_stride);
      progress.expanded = next;
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
             .channels = std::min(kBlock, step.expanded.channels - channel),
             .weights = packed.depthwise_weights.data() + ptrdiff_t{channel} * 9,
             .bias = packed.depthwise_bias.data() + channel,
             .output = filtered + ptrdiff_t{y - begin} * step.extent.width * kDepthChannels,
             .output_stride = kDepthChannels});
      }
    }
    const int pixels = (end - begin) * step.extent.width;
    kernels_.multiply({.sources = {Operand<T>{filtered_.data(), kDepthChannels,
                                              ptrdiff_t{groups.output_pixels} * kDepthChannels,
                                              Layout<T>::ReadChannels(step.expanded.channels)}},
                       .source_count = 1,
                       .weights = packed.project.weights.data(),
                       .bias = packed.project.bias.data(),
                       .pixels = pixels,
                       .outputs = packed.project.outputs,
                       .result = product_.data(),
                       .result_stride = product_stride});
    kernels_.finish({.product = product_.data(),
                     .product_stride = product_stride,
                     .residual = step.residual < 0 ? nullptr : TensorRow(step.residual, begin),
                     .relu = false,
                     .output = TensorRow(step.output, begin),
                     .pixels = pixels,
                     .channels = channels});
    progress.done = end;
  }
}

template void Worker<float>::AdvanceBlock(size_t, int);
template void Worker<BFloat16>::AdvanceBlock(size_t, int);
template void Worker<PairedBFloat16>::AdvanceBlock(size_t, int);

}  // namespace mouthpiece::fused
