// Running one block: a 1x1 convolution, a depthwise 3x3 and a 1x1 back, a few rows at a time.
#include <algorithm>
#include <type_traits>

#include "infer/fused/worker.h"
#include "infer/fused/worker_sizes.h"

namespace mouthpiece::fused {

/// Fills `sums` of widened rows with what the coarse source and the bias give.
template <typename T>
void Worker<T>::StartFromCoarse(const Step& step, const PackedStep<T>& packed, int begin, int end,
                                float* sums, ptrdiff_t sums_stride) {
  const Source& source = step.sources[static_cast<size_t>(packed.coarse_source)];
  const CoarseGroups groups(source);
  const int channels = PaddedChannels(source.extent.channels);
  const int outputs = PaddedChannels(step.expanded.channels);
  const int blocks = outputs / kBlockChannels;
  const ptrdiff_t block_stride = ptrdiff_t{groups.pixels} * kBlockChannels;
  const auto slot = [&](int row) {
    return coarse_.data() + row / groups.rows % 2 * blocks * block_stride;
  };
  const auto make_rows_to = [&](int row) {
    while (coarse_rows_ <= row) {
      const int next = std::min(coarse_rows_ + groups.rows, groups.height);
      kernels_.multiply({.sources = {Operand<T>{TensorRow(source.tensor, coarse_rows_), channels,
                                                kDepthChannels, channels}},
                         .source_count = 1,
                         .weights = packed.coarse.weights.data(),
                         .bias = packed.coarse.bias.data(),
                         .pixels = (next - coarse_rows_) * groups.width,
                         .outputs = outputs,
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
void Worker<T>::ExpandRows(const Step& step, const PackedStep<T>& packed, int begin, int end,
                           Wide* result, ptrdiff_t result_stride) {
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
    StartFromCoarse(step, packed, begin, end, sums, product.start_stride);
    product.start = sums;
  }
  for (int s = 0; s < static_cast<int>(step.sources.size()); ++s) {
    if (s == packed.coarse_source) continue;
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
  constexpr int kBlock = Layout<T>::kWideChannels;
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

template void Worker<float>::RunBlock(const Step&, const PackedStep<float>&);
template void Worker<BFloat16>::RunBlock(const Step&, const PackedStep<BFloat16>&);
template void Worker<PairedBFloat16>::RunBlock(const Step&, const PackedStep<PairedBFloat16>&);

}  // namespace mouthpiece::fused
