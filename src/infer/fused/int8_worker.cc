#include "infer/fused/int8_worker.h"

#include <algorithm>

#include "infer/fused/row_groups.h"
#include "infer/fused/worker_sizes.h"

namespace mouthpiece::fused {
namespace {

/// Pixels whose filtered channels are floats at one time: few, so that they stay in the first-level
/// cache until their scales are known.
constexpr int kStripPixels = 64;

/// Columns of a widened row: pairs.
int PairedWidth(int width) { return RoundUp(width, 2); }

/// Groups of rows of a block whose widened rows have paired columns.
RowGroups GroupsOf(const Step& step) {
  RowGroups groups(step);
  // Products write whole tiles: what is behind a slot's rows must not be the next slot's.
  groups.slot_pixels =
      RoundUp(groups.input_rows * PairedWidth(step.expanded.width), kMarginPixels) + kMarginPixels;
  return groups;
}

/// Where products of a block's coarse source lie: two slots of [outputs / 16][pixels][16], each
/// block behind a pixel of its own, which no product writes.
struct CoarsePlaces {
  CoarsePlaces(const Step& step, const PackedStep<Int8>& packed)
      : groups(step.sources[static_cast<size_t>(packed.coarse_source)]),
        block_stride(ptrdiff_t{1 + groups.pixels + kMarginPixels} * kBlockChannels),
        slot_values(packed.coarse.outputs / kBlockChannels * block_stride) {}

  CoarseGroups groups;
  ptrdiff_t block_stride;
  ptrdiff_t slot_values;
};

/// The most that any step needs of each working buffer.
struct Sizes {
  ChainPlaces expanded;
  ChainPlaces coarse;
  size_t strip = 0;
  size_t filtered = 0;
  size_t filtered_pixels = 0;
  size_t product = 0;
  size_t doubled[2] = {0, 0};
  size_t taps = 0;
  size_t source = 0;
  size_t source_pixels = 0;

  void Fit(const Step& step, const PackedStep<Int8>& packed) {
    const int outputs = PaddedChannels(step.extent.channels);
    int rows = 1;
    size_t ring = 0;
    size_t coarse_ring = 0;
    switch (step.kind) {
      case StepKind::kBlock: {
        const RowGroups groups = GroupsOf(step);
        const int channels = packed.expand.outputs;
        rows = groups.input_rows;
        ring = Values(groups.slots * groups.slot_pixels + kMarginPixels, channels) +
               Values(PairedWidth(step.expanded.width), kBlockChannels);
        Grow(strip, Values(kStripPixels + kMarginPixels, channels));
        Grow(filtered, RowValues(groups.output_pixels, channels));
        Grow(filtered_pixels, static_cast<size_t>(groups.output_pixels + kMarginPixels));
        Grow(product, Values(groups.output_pixels + kMarginPixels, outputs));
        if (packed.coarse_source >= 0) {
          const CoarsePlaces places(step, packed);
          coarse_ring = Values(2, static_cast<int>(places.slot_values));
        }
        break;
      }
      case StepKind::kConvolution:
        Grow(product, Values(kConvolutionPixels + kMarginPixels, outputs));
        Grow(taps, RowValues(kConvolutionPixels, TapDepth(step)));
        Grow(source, RowValues(kConvolutionPixels, TapDepth(step)));
        Grow(source_pixels, size_t{kConvolutionPixels + kMarginPixels});
        break;
      case StepKind::kOutput:
        Grow(product, Values(step.extent.width + kMarginPixels, outputs));
        break;
    }
    expanded.Add(step, ring);
    coarse.Add(step, coarse_ring);
    if (step.kind == StepKind::kConvolution || ReadsBytes(step)) return;
    int channels = 0;
    for (size_t s = 0; s < step.sources.size(); ++s) {
      const Source& source_s = step.sources[s];
      channels += PaddedChannels(source_s.extent.channels);
      Grow(doubled[s], RowValues(source_s.extent.width, PaddedChannels(source_s.extent.channels)));
    }
    Grow(source, RowValues(rows * step.sources[0].extent.width, channels));
    Grow(source_pixels, static_cast<size_t>(rows * step.sources[0].extent.width + kMarginPixels));
  }

 private:
  static void Grow(size_t& size, size_t needed) { size = std::max(size, needed); }
};

/// HalvedSums::shares of a block with a coarse source.
Buffer<float> SharesOf(const Step& step) {
  if (CoarseSource(step) < 0) return {};
  const int width = step.expanded.width;
  Buffer<float> shares(static_cast<size_t>(width + kMarginPixels));
  for (int x = 0; x < width; ++x) shares.data()[x] = FarShare(x, width / 2);
  return shares;
}

}  // namespace

Worker<Int8>::Worker(const PackedPlan<Int8>& plan, const Kernels<Int8>& kernels)
    : plan_(plan), kernels_(kernels), progress_(plan.steps.size()) {
  Sizes sizes;
  for (size_t s = 0; s < plan.steps.size(); ++s) sizes.Fit(plan.plan.steps[s], plan.steps[s]);
  values_ = Buffer<BFloat16>(plan.plan.values);
  bytes_ = Buffer<uint8_t>(plan.plan.values);
  scales_ = Buffer<float>(plan.plan.values / kBlockChannels + kMarginPixels);
  rings_ = sizes.expanded;
  expanded_ = Buffer<BFloat16>(rings_.size());
  strip_ = Buffer<float>(sizes.strip);
  filtered_ = Buffer<uint8_t>(sizes.filtered);
  filtered_scales_ = Buffer<float>(sizes.filtered_pixels);
  product_ = Buffer<float>(sizes.product);
  coarse_rings_ = sizes.coarse;
  coarse_ = Buffer<float>(coarse_rings_.size());
  for (size_t s = 0; s < plan.steps.size(); ++s) shares_.push_back(SharesOf(plan.plan.steps[s]));
  for (size_t s = 0; s < 2; ++s) doubled_[s] = Buffer<BFloat16>(sizes.doubled[s]);
  taps_ = Buffer<BFloat16>(sizes.taps);
  source_bytes_ = Buffer<uint8_t>(sizes.source);
  source_scales_ = Buffer<float>(sizes.source_pixels);
}

void Worker<Int8>::Run(std::span<const uint8_t> visual, std::span<const float> audio,
                       std::span<uint8_t> prediction) {
  visual_ = visual;
  prediction_ = prediction;
  if (plan_.plan.audio >= 0) LoadAudio(audio);
  std::ranges::fill(progress_, Progress{});
  AdvanceAll(plan_.plan.steps, [this](size_t s, int rows) { Advance(s, rows); });
}

void Worker<Int8>::Advance(size_t s, int rows) {
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

void Worker<Int8>::MakeSources(const Step& step, int end) {
  AdvanceSources(plan_.plan, step, end, [this](size_t s, int rows) { Advance(s, rows); });
}

void Worker<Int8>::LoadAudio(std::span<const float> audio) {
  const int tensor = plan_.plan.audio;
  const Extent& extent = TensorOf(tensor).extent;
  const int channels = PaddedChannels(extent.channels);
  BFloat16* to = Values(tensor);
  // The padding too: the memory may have held another tensor.
  std::fill_n(to, fused::Values(extent.pixels(), channels), BFloat16{});
  for (int c = 0; c < extent.channels; ++c) {
    for (int p = 0; p < extent.pixels(); ++p) {
      to[p * channels + c] =
          RoundTo<BFloat16>(audio[fused::Values(c, extent.pixels()) + static_cast<size_t>(p)]);
    }
  }
  kernels_.quantize({.sources = {to},
                     .channels = {channels},
                     .pixels = extent.pixels(),
                     .bytes = Bytes(tensor),
                     .scales = Scales(tensor)});
}

bool Worker<Int8>::IsSigned(int tensor) const {
  const int maker = TensorOf(tensor).step;
  if (maker < 0) return true;
  const Step& step = plan_.plan.steps[static_cast<size_t>(maker)];
  return step.kind == StepKind::kBlock || !step.project->relu;
}

/// A row of a source as values.
const BFloat16* Worker<Int8>::SourceValues(const Source& source, size_t index, int row) {
  const int channels = PaddedChannels(source.extent.channels);
  const BFloat16* values = Values(source.tensor);
  const auto row_at = [&](int y) { return values + PixelOf(source.tensor, y) * channels; };
  if (source.kind == SourceKind::kTensor) return row_at(row);
  const DoubledRow at(row, source.extent.height / 2);
  const int width = source.extent.width / 2;
  kernels_.upsample({.upper = row_at(at.upper),
                     .lower = row_at(at.lower),
                     .lower_weight = at.lower_weight,
                     .output = doubled_[index].data(),
                     .width = width,
                     .channels = channels});
  return doubled_[index].data();
}

/// A source's tensor from a row on.
BytePixels Worker<Int8>::TensorRows(const Source& source, int channels, int row) {
  const int stride = StoredChannels(source.tensor);
  const ptrdiff_t pixel = PixelOf(source.tensor, row);
  return {.data = Bytes(source.tensor) + pixel * stride,
          .pixel_stride = stride,
          .channels = channels,
          .scales = Scales(source.tensor) + pixel,
          .is_signed = IsSigned(source.tensor)};
}

/// Rows of what the product over `channels` that begins a step reads.
BytePixels Worker<Int8>::SourceRows(const Step& step, int channels, int begin, int end) {
  const Source& first = step.sources[0];
  const int width = first.extent.width;
  if (ReadsBytes(step)) {
    const int coarse = CoarseSource(step);
    return TensorRows(step.sources[coarse == 0 ? 1 : 0], channels, begin);
  }
  BytePixels rows{.data = source_bytes_.data(),
                  .pixel_stride = kVisualChannels,
                  .channels = channels,
                  .scales = source_scales_.data(),
                  .is_signed = first.kind != SourceKind::kVisual};
  if (first.kind == SourceKind::kVisual) {
    std::fill_n(source_scales_.data(), (end - begin) * width + kMarginPixels, 1.0F);
    kernels_.interleave(visual_.data() + begin * width, first.extent.pixels(),
                        (end - begin) * width, source_bytes_.data());
    return rows;
  }
  Quantization job{.sources = {}, .channels = {}, .pixels = width, .bytes = {}, .scales = {}};
  for (size_t s = 0; s < step.sources.size(); ++s) {
    job.channels[s] = PaddedChannels(step.sources[s].extent.channels);
  }
  rows.pixel_stride = job.channels[0] + job.channels[1];
  for (int y = begin; y < end; ++y) {
    for (size_t s = 0; s < step.sources.size(); ++s) {
      job.sources[s] = SourceValues(step.sources[s], s, y);
    }
    const ptrdiff_t pixel = ptrdiff_t{y - begin} * width;
    job.bytes = source_bytes_.data() + pixel * rows.pixel_stride;
    job.scales = source_scales_.data() + pixel;
    kernels_.quantize(job);
  }
  return rows;
}

/// What a block's coarse source and its bias give to a row.
HalvedSums Worker<Int8>::CoarseSums(size_t s, int row) {
  const Step& step = plan_.plan.steps[s];
  const PackedStep<Int8>& packed = plan_.steps[s];
  const Source& source = step.sources[static_cast<size_t>(packed.coarse_source)];
  const CoarsePlaces places(step, packed);
  const CoarseGroups& groups = places.groups;
  const auto slot = [&](int y) {
    return coarse_.data() + coarse_rings_[s] + kBlockChannels +
           y / groups.rows % 2 * places.slot_values;
  };
  const DoubledRow at(row, groups.height);
  for (int& made = progress_[s].coarse; made <= at.lower;) {
    const int next = std::min(made + groups.rows, groups.height);
    kernels_.multiply({.source = TensorRows(source, packed.coarse.channels, made),
                       .weights = packed.coarse.weights.data(),
                       .weight_scales = packed.coarse.scales.data(),
                       .signed_starts = packed.coarse.signed_starts.data(),
                       .bias = packed.coarse.bias.data(),
                       .halved = {},
                       .pixels = (next - made) * groups.width,
                       .outputs = packed.coarse.outputs,
                       .result = slot(made),
                       .result_stride = places.block_stride});
    // The pixels around them, which have no share but must be numbers.
    const ptrdiff_t values = ptrdiff_t{next - made} * groups.width * kBlockChannels;
    for (int b = 0; b < packed.coarse.outputs / kBlockChannels; ++b) {
      float* first = slot(made) + b * places.block_stride;
      std::fill_n(first - kBlockChannels, kBlockChannels, 0.0F);
      std::fill_n(first + values, kBlockChannels, 0.0F);
    }
    made = next;
  }
  const auto sums = [&](int y) {
    return slot(y) + ptrdiff_t{y % groups.rows} * groups.width * kBlockChannels;
  };
  return {.upper = sums(at.upper),
          .lower = sums(at.lower),
          .stride = places.block_stride,
          .lower_weight = at.lower_weight,
          .shares = shares_[s].data()};
}

void Worker<Int8>::ExpandRows(size_t s, int begin, int end, BFloat16* result,
                              ptrdiff_t result_stride) {
  const Step& step = plan_.plan.steps[s];
  const PackedStep<Int8>& packed = plan_.steps[s];
  MakeSources(step, end);  // first, since it uses the same memory
  const int width = step.expanded.width;
  ByteProduct<BFloat16> product{.source = SourceRows(step, packed.expand.channels, begin, end),
                                .weights = packed.expand.weights.data(),
                                .weight_scales = nullptr,
                                .signed_starts = packed.expand.signed_starts.data(),
                                .bias = packed.expand.bias.data(),
                                .halved = {},
                                .pixels = (end - begin) * width,
                                .outputs = packed.expand.outputs,
                                .result = result,
                                .result_stride = result_stride};
  const bool has_coarse = packed.coarse_source >= 0;
  if (width % 2 == 0 && !has_coarse) return kernels_.expand(product);
  product.pixels = width;  // each row begins with a pair of columns
  for (int y = begin; y < end; ++y) {
    if (has_coarse) product.halved = CoarseSums(s, y);
    kernels_.expand(product);
    product.source.data += width * product.source.pixel_stride;
    product.source.scales += width;
    product.result += ptrdiff_t{PairedWidth(width)} * kBlockChannels;
  }
}

/// Filters one row, whose first pixel is number `pixel` of its group.
void Worker<Int8>::FilterRow(const Step& step, const PackedStep<Int8>& packed,
                             const BFloat16* const rows[3], const BFloat16* nothing,
                             ptrdiff_t block_stride, int pixel) {
  const int channels = packed.expand.outputs;
  constexpr ptrdiff_t kStripStride = ptrdiff_t{kStripPixels + kMarginPixels} * kBlockChannels;
  constexpr ptrdiff_t kWeights = ptrdiff_t{3} * kPairWeights * kBlockChannels * 2;
  for (int begin = 0; begin < step.extent.width; begin += kStripPixels) {
    const int end = std::min(begin + kStripPixels, step.extent.width);
    for (int b = 0; b < channels / kBlockChannels; ++b) {
      const auto row = [&](int y) {
        return rows[y] == nothing ? rows[y] : rows[y] + b * block_stride;
      };
      kernels_.depthwise({.rows = {row(0), row(1), row(2)},
                          .width = step.expanded.width,
                          .stride = step.depthwise->stride_y,
                          .weights = packed.depthwise_weights.data() + b * kWeights,
                          .bias = packed.depthwise_bias.data() + ptrdiff_t{b} * kBlockChannels,
                          .begin = begin,
                          .end = end,
                          .output = strip_.data() + b * kStripStride});
    }
    kernels_.compress({.values = strip_.data(),
                       .values_stride = kStripStride,
                       .pixels = end - begin,
                       .channels = channels,
                       .bytes = filtered_.data() + ptrdiff_t{pixel + begin} * channels,
                       .scales = filtered_scales_.data() + pixel + begin});
  }
}

/// Makes `count` pixels of a step's tensor, from number `pixel` of its memory on, of what product_
/// holds.
void Worker<Int8>::FinishPixels(const Step& step, bool relu, ptrdiff_t product_stride, int count,
                                ptrdiff_t pixel, ptrdiff_t residual_pixel) {
  const int channels = StoredChannels(step.output);
  const TensorForms& forms = FormsOf(step.output);
  const BFloat16* residual =
      step.residual < 0 ? nullptr : Values(step.residual) + residual_pixel * channels;
  kernels_.finish({.product = product_.data(),
                   .product_stride = product_stride,
                   .residual = residual,
                   .relu = relu,
                   .values = forms.values ? Values(step.output) + pixel * channels : nullptr,
                   .bytes = forms.bytes ? Bytes(step.output) + pixel * channels : nullptr,
                   .scales = Scales(step.output) + pixel,
                   .pixels = count,
                   .channels = channels});
}

void Worker<Int8>::AdvanceBlock(size_t s, int rows) {
  const Step& step = plan_.plan.steps[s];
  const PackedStep<Int8>& packed = plan_.steps[s];
  Progress& progress = progress_[s];
  const RowGroups groups = GroupsOf(step);
  const int stride = step.depthwise->stride_y;
  const int height = step.expanded.height;
  const int width = PairedWidth(step.expanded.width);
  const ptrdiff_t block_stride =
      ptrdiff_t{groups.slots * groups.slot_pixels + kMarginPixels} * kBlockChannels;
  const ptrdiff_t product_stride = ptrdiff_t{groups.output_pixels + kMarginPixels} * kBlockChannels;

  BFloat16* nothing = expanded_.data() + rings_[s];  // a row of zeros, and then the ring
  if (progress.done == 0) std::fill_n(nothing, fused::Values(width, kBlockChannels), BFloat16{});
  BFloat16* ring = nothing + fused::Values(width, kBlockChannels);
  const auto slot = [&](int row) {
    return ring +
           ptrdiff_t{row / groups.input_rows % groups.slots} * groups.slot_pixels * kBlockChannels;
  };
  const auto row = [&](int y) -> const BFloat16* {
    if (y < 0 || y >= height) return nothing;
    return slot(y) + ptrdiff_t{y % groups.input_rows} * width * kBlockChannels;
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
    for (int y = begin; y < end; ++y) {
      const BFloat16* const three[3] = {row(y * stride - 1), row(y * stride), row(y * stride + 1)};
      FilterRow(step, packed, three, nothing, block_stride, (y - begin) * step.extent.width);
    }
    kernels_.multiply({.source = {.data = filtered_.data(),
                                  .pixel_stride = packed.expand.outputs,
                                  .channels = packed.project.channels,
                                  .scales = filtered_scales_.data()},
                       .weights = packed.project.weights.data(),
                       .weight_scales = packed.project.scales.data(),
                       .signed_starts = packed.project.signed_starts.data(),
                       .bias = packed.project.bias.data(),
                       .halved = {},
                       .pixels = (end - begin) * step.extent.width,
                       .outputs = packed.project.outputs,
                       .result = product_.data(),
                       .result_stride = product_stride});
    FinishPixels(step, false, product_stride, (end - begin) * step.extent.width,
                 PixelOf(step.output, begin),
                 step.residual < 0 ? 0 : PixelOf(step.residual, begin));
    progress.done = end;
  }
}

void Worker<Int8>::RunConvolution(const Step& step, const PackedStep<Int8>& packed) {
  const Convolution& convolution = *step.project;
  const Extent& from = step.sources[0].extent;
  const int inputs = PaddedChannels(from.channels);
  const int depth = TapDepth(step);
  const BFloat16* source = Values(step.sources[0].tensor);
  const bool is_signed = IsSigned(step.sources[0].tensor);
  const ptrdiff_t product_stride = ptrdiff_t{kConvolutionPixels + kMarginPixels} * kBlockChannels;
  for (int begin = 0; begin < step.extent.pixels(); begin += kConvolutionPixels) {
    const int end = std::min(begin + kConvolutionPixels, step.extent.pixels());
    BFloat16* to = taps_.data();
    for (int p = begin; p < end; ++p) {
      const int top = p / step.extent.width * convolution.stride_y - convolution.top;
      const int left = p % step.extent.width * convolution.stride_x - convolution.left;
      for (int y = top; y < top + convolution.kernel_height; ++y) {
        for (int x = left; x < left + convolution.kernel_width; ++x, to += inputs) {
          if (y < 0 || y >= from.height || x < 0 || x >= from.width) {
            std::fill_n(to, inputs, BFloat16{});
          } else {
            std::copy_n(source + fused::Values(y * from.width + x, inputs), inputs, to);
          }
        }
      }
    }
    kernels_.quantize({.sources = {taps_.data()},
                       .channels = {depth},
                       .pixels = end - begin,
                       .bytes = source_bytes_.data(),
                       .scales = source_scales_.data(),
                       .is_signed = is_signed});
    kernels_.multiply({.source = {.data = source_bytes_.data(),
                                  .pixel_stride = depth,
                                  .channels = depth,
                                  .scales = source_scales_.data(),
                                  .is_signed = is_signed},
                       .weights = packed.project.weights.data(),
                       .weight_scales = packed.project.scales.data(),
                       .signed_starts = packed.project.signed_starts.data(),
                       .bias = packed.project.bias.data(),
                       .halved = {},
                       .pixels = end - begin,
                       .outputs = packed.project.outputs,
                       .result = product_.data(),
                       .result_stride = product_stride});
    FinishPixels(step, convolution.relu, product_stride, end - begin, begin, 0);
  }
}

void Worker<Int8>::AdvanceOutput(size_t s, int rows) {
  const Step& step = plan_.plan.steps[s];
  const PackedStep<Int8>& packed = plan_.steps[s];
  const int width = step.extent.width;
  for (int& y = progress_[s].done; y < rows; ++y) {
    MakeSources(step, y + 1);
    const ByteProduct<float> product{.source = SourceRows(step, packed.project.channels, y, y + 1),
                                     .weights = packed.project.weights.data(),
                                     .weight_scales = packed.project.scales.data(),
                                     .signed_starts = packed.project.signed_starts.data(),
                                     .bias = packed.project.bias.data(),
                                     .halved = {},
                                     .pixels = width,
                                     .outputs = packed.project.outputs,
                                     .result = product_.data(),
                                     .result_stride = 0};
    uint8_t* planes = prediction_.data() + y * width;
    if (kernels_.paint_product != nullptr) {
      kernels_.paint_product(product, planes, step.extent.pixels());
      continue;
    }
    kernels_.multiply(product);
    kernels_.paint(product_.data(), width, planes, step.extent.pixels());
  }
}

}  // namespace mouthpiece::fused
