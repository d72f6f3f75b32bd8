// How values lie in memory: blocks of channels, and what is rounded up to them.
//
// Two layouts. Tensors, and what a product reads, are pixel by pixel with the channels side by
// side, in the engine's own precision T (float, or bfloat16). What a product writes is in blocks of
// channels, [channels / block][pixels][block], so that a depthwise row reads whole vectors one
// after the other: float in blocks of 16, or, between the convolutions of a bfloat16 block, half
// floats or bfloat16 in blocks of 32. Channel counts are multiples of a block, padded with zeros.
#ifndef MOUTHPIECE_INFER_FUSED_LAYOUT_H_
#define MOUTHPIECE_INFER_FUSED_LAYOUT_H_

#include <cstddef>

#include "infer/fused/numbers.h"

namespace mouthpiece::fused {

inline constexpr int kBlockChannels = 16;  ///< Channels of a block of float results
inline constexpr int kDepthChannels = 32;  ///< Channels of a block of operands
/// Pixels beyond the last that products may read and write.
inline constexpr int kMarginPixels = 16;

template <typename Integer>
constexpr Integer RoundUp(Integer value, Integer multiple) {
  return (value + multiple - 1) / multiple * multiple;
}

constexpr int DivideUp(int value, int divisor) { return (value + divisor - 1) / divisor; }

/// Channels as they are stored: the next multiple of 16, the added ones zero.
constexpr int PaddedChannels(int channels) { return RoundUp(channels, kBlockChannels); }

/// What depends on the precision T of tensors and weights. `ReadChannels`: of an operand, how many
/// a product has to read; padding beyond it is zero, and its weights have their places all the
/// same.
template <typename T>
struct Layout;

template <>
struct Layout<float> {
  /// Between the convolutions of a block: the widened tensor, of which a few rows exist at a time.
  using Wide = float;
  static constexpr int kWideChannels = kBlockChannels;  ///< Of a block of it
  /// A product's weights have each source's channels padded to a multiple of this.
  static constexpr int kSourceChannels = kBlockChannels;
  static constexpr int ReadChannels(int channels) { return PaddedChannels(channels); }

  /// Where the weight of an output and a channel lies when a product has `depth` padded channels:
  /// [outputs / 16][channels][16].
  static constexpr size_t WeightPlace(int output, int channel, int depth) {
    return (static_cast<size_t>(output / kBlockChannels) * static_cast<size_t>(depth) +
            static_cast<size_t>(channel)) *
               kBlockChannels +
           static_cast<size_t>(output % kBlockChannels);
  }
};

template <>
struct Layout<BFloat16> {
  using Wide = Half;
  static constexpr int kWideChannels = kDepthChannels;
  static constexpr int kSourceChannels = kDepthChannels;
  static constexpr int ReadChannels(int channels) { return RoundUp(channels, 2); }  // pairs

  /// [outputs / 16][channels / 32][16][16][2]: tiles of pairs of channels, as instructions that
  /// multiply pairs read them.
  static constexpr size_t WeightPlace(int output, int channel, int depth) {
    constexpr size_t kTileValues = kBlockChannels * kDepthChannels;
    const size_t tile =
        static_cast<size_t>(output / kBlockChannels) * static_cast<size_t>(depth / kDepthChannels) +
        static_cast<size_t>(channel / kDepthChannels);
    return tile * kTileValues + static_cast<size_t>(channel % kDepthChannels / 2) * kDepthChannels +
           static_cast<size_t>(output % kBlockChannels * 2 + channel % 2);
  }
};

template <>
struct Layout<PairedBFloat16> : Layout<BFloat16> {
  using Wide = BFloat16;
};

}  // namespace mouthpiece::fused

#endif  // MOUTHPIECE_INFER_FUSED_LAYOUT_H_
