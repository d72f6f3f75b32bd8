// How much memory a worker needs.
#ifndef MOUTHPIECE_INFER_FUSED_WORKER_SIZES_H_
#define MOUTHPIECE_INFER_FUSED_WORKER_SIZES_H_

#include <algorithm>
#include <cstddef>
#include <type_traits>

#include "infer/fused/chains.h"
#include "infer/fused/packed_plan.h"
#include "infer/fused/row_groups.h"

namespace mouthpiece::fused {

/// Pixels of a dense convolution's result that are made at once.
inline constexpr int kConvolutionPixels = 128;

inline size_t Values(int a, int b) { return static_cast<size_t>(a) * static_cast<size_t>(b); }

/// Values of rows of pixels with what products read beyond them.
inline size_t RowValues(int pixels, int channels) {
  return Values(pixels + kMarginPixels, channels) + static_cast<size_t>(kDepthChannels);
}

/// Channels of a dense convolution's operand: all taps, each padded.
inline int TapDepth(const Step& step) {
  return step.project->kernel_height * step.project->kernel_width *
         PaddedChannels(step.sources[0].extent.channels);
}

/// The most that any step needs of each working buffer.
template <typename T>
struct WorkerSizes {
  ChainPlaces expanded;
  ChainPlaces coarse;
  size_t filtered = 0;
  size_t product = 0;
  size_t source_rows[2] = {0, 0};
  size_t taps = 0;
  size_t doubled = 0;

  void Fit(const Step& step, const PackedStep<T>& packed) {
    const int outputs = PaddedChannels(step.extent.channels);
    size_t ring = 0;
    size_t coarse_ring = 0;
    switch (step.kind) {
      case StepKind::kBlock:
        FitBlock(step, packed.coarse_source, outputs, ring, coarse_ring);
        break;
      case StepKind::kConvolution:
        Grow(product, Values(kConvolutionPixels + kMarginPixels, outputs));
        Grow(taps, RowValues(kConvolutionPixels, TapDepth(step)));
        break;
      case StepKind::kOutput:
        Grow(product, Values(step.extent.width + kMarginPixels, outputs));
        break;
    }
    expanded.Add(step, ring);
    coarse.Add(step, coarse_ring);
  }

 private:
  static void Grow(size_t& size, size_t needed) { size = std::max(size, needed); }

  void FitBlock(const Step& step, int coarse_source, int outputs, size_t& ring,
                size_t& coarse_ring) {
    const RowGroups groups(step);
    const int channels = RoundUp(step.expanded.channels, Layout<T>::kWideChannels);
    const int width = step.expanded.width;
    ring = Values(groups.slots * groups.slot_pixels, channels) +
           Values(width, Layout<T>::kWideChannels);
    Grow(filtered, Values(groups.output_pixels, RoundUp(channels, kDepthChannels)));
    Grow(product, Values(groups.output_pixels, outputs));
    for (size_t s = 0; s < step.sources.size(); ++s) {
      const Source& source = step.sources[s];
      if (static_cast<int>(s) == coarse_source) {
        const CoarseGroups slots(source);
        coarse_ring = 2 * Values(slots.pixels, channels);
        if (!std::is_same_v<typename Layout<T>::Wide, float>) {
          Grow(doubled, Values(groups.slot_pixels, channels));
        }
        continue;
      }
      if (source.kind == SourceKind::kTensor) continue;
      const int depth = PaddedChannels(source.extent.channels);
      Grow(source_rows[s], RowValues(groups.input_rows * width, depth));
    }
  }
};

}  // namespace mouthpiece::fused

#endif  // MOUTHPIECE_INFER_FUSED_WORKER_SIZES_H_
