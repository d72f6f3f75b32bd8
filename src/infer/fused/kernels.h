// The arithmetic of the fused engine: matrix products, depthwise rows and the passes between them.
//
// Two layouts. Tensors, and what a product reads, are pixel by pixel with the channels side by
// side, in the engine's own precision T (float, or bfloat16). What a product writes is in blocks of
// channels, [channels / block][pixels][block], so that a depthwise row reads whole vectors one
// after the other: float in blocks of 16, or, between the convolutions of a bfloat16 block, half
// floats in blocks of 32. Channel counts are multiples of a block, padded with zeros.
#ifndef MOUTHPIECE_INFER_FUSED_KERNELS_H_
#define MOUTHPIECE_INFER_FUSED_KERNELS_H_

#include <cstddef>
#include <cstdint>

namespace mouthpiece::fused {

inline constexpr int kBlockChannels = 16;  ///< Channels of a block of float results
inline constexpr int kDepthChannels = 32;  ///< Channels of a block of operands

/// The upper half of a float.
struct BFloat16 {
  uint16_t bits;
};

/// IEEE 754 binary16: three bits more than a bfloat16, but nothing above 65504.
struct Half {
  uint16_t bits;
};

/// What lies between the convolutions of a block: the widened tensor, of which only a few rows
/// exist at a time.
template <typename T>
struct Expanded;
template <>
struct Expanded<float> {
  using Value = float;
  static constexpr int kChannels = kBlockChannels;  ///< Of a block
};
template <>
struct Expanded<BFloat16> {
  using Value = Half;
  static constexpr int kChannels = kDepthChannels;
};

/// Pixels that a product reads: channel c of pixel p is
/// data[(c / 32) * block_stride + p * pixel_stride + c % 32].
template <typename T>
struct Operand {
  const T* data = nullptr;
  ptrdiff_t pixel_stride = 0;
  ptrdiff_t block_stride = kDepthChannels;
  int channels = 0;
};

/// result = bias + weights * (sources, one after the other). Up to 16 pixels beyond the last may
/// be read and written, and of bfloat16 operands up to 16 channels beyond the last be read.
template <typename T, typename Result = float>
struct Product {
  Operand<T> sources[2];
  int source_count = 1;
  const T* weights = nullptr;  ///< As PackProduct<T> lays them out
  const float* bias = nullptr;
  int pixels = 0;
  int outputs = 0;
  bool relu = false;  ///< Of the result
  /// Of floats: adds to what `result` holds, which has the bias in it.
  bool accumulate = false;
  Result* result = nullptr;
  ptrdiff_t result_stride = 0;  ///< Values from one block of channels to the next
};

/// One row of one block of channels: 3x3 convolution and ReLU. Samples left and right of the rows
/// are zero.
template <typename T>
struct DepthwiseRow {
  using Value = typename Expanded<T>::Value;
  const Value* rows[3] = {};  ///< Above, here, below: [width][block]
  int width = 0;
  int output_width = 0;
  int stride = 1;                  ///< 1 or 2
  const Value* weights = nullptr;  ///< [3][3][block]
  const Value* bias = nullptr;     ///< [block]
  T* output = nullptr;
  ptrdiff_t output_stride = 0;  ///< From one pixel to the next
};

/// From a product to a tensor: output[p][c] = product + residual, or its ReLU.
template <typename T>
struct Finish {
  const float* product = nullptr;
  ptrdiff_t product_stride = 0;
  const T* residual = nullptr;  ///< [pixels][channels], or null
  bool relu = false;
  T* output = nullptr;  ///< [pixels][channels]
  int pixels = 0;
  int channels = 0;
};

/// One row of a bilinear doubling with aligned corners.
template <typename T>
struct UpsampleRow {
  const T* upper = nullptr;  ///< [width][channels]
  const T* lower = nullptr;
  float lower_weight = 0;  ///< 0..1
  T* output = nullptr;     ///< [2 * width][channels]
  int width = 0;
  int channels = 0;
};

/// What the engine needs in one precision. All functions are thread-safe.
template <typename T>
struct Kernels {
  void (*multiply)(const Product<T>&) = nullptr;
  /// The product that begins a block, with its ReLU.
  void (*expand)(const Product<T, typename Expanded<T>::Value>&) = nullptr;
  void (*depthwise)(const DepthwiseRow<T>&) = nullptr;
  void (*finish)(const Finish<T>&) = nullptr;
  void (*upsample)(const UpsampleRow<T>&) = nullptr;
  /// Pixels of six planes, `plane_stride` apart, to [pixels][16]; not scaled: 0..255.
  void (*interleave)(const uint8_t* planes, ptrdiff_t plane_stride, int pixels,
                     T* output) = nullptr;
  /// uint8(255 * sigmoid) of the first three channels of [pixels][16], to planes `plane_stride`
  /// apart; NaN is 0. Reads and writes `pixels` only.
  void (*paint)(const float* product, int pixels, uint8_t* planes,
                ptrdiff_t plane_stride) = nullptr;
};

/// For the best instructions of this machine.
Kernels<float> FloatKernels();
/// Those of bfloat16 that need no instructions of their own. The others are null: see amx.h.
Kernels<BFloat16> BFloat16Kernels();

}  // namespace mouthpiece::fused

#endif  // MOUTHPIECE_INFER_FUSED_KERNELS_H_
