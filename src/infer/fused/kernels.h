// The arithmetic of the fused engine: matrix products, depthwise rows and the passes between them,
// each a slot of a table. There is one table for each precision and instruction set; what a slot
// means is written down once, in reference_kernels.cc, against which every table is tested.
#ifndef MOUTHPIECE_INFER_FUSED_KERNELS_H_
#define MOUTHPIECE_INFER_FUSED_KERNELS_H_

#include <cstddef>
#include <cstdint>

#include "infer/fused/layout.h"

namespace mouthpiece::fused {

/// Pixels that a product reads: channel c of pixel p is
/// data[(c / 32) * block_stride + p * pixel_stride + c % 32].
template <typename T>
struct Operand {
  const T* data = nullptr;
  ptrdiff_t pixel_stride = 0;
  ptrdiff_t block_stride = kDepthChannels;
  int channels = 0;
};

/// result = bias + weights * (sources, one after the other). Up to kMarginPixels beyond the last
/// may be read and written, and of bfloat16 operands up to 31 channels beyond the last be read.
template <typename T, typename Result = float>
struct Product {
  Operand<T> sources[2];
  int source_count = 1;
  const T* weights = nullptr;  ///< Laid out as Layout<T> says
  const float* bias = nullptr;
  int pixels = 0;
  /// A multiple of 16. Where results lie in blocks of 32, weights and biases do, too, and the upper
  /// half of the last block need not be written when it is beyond the outputs.
  int outputs = 0;
  /// Sums to begin with in place of the bias, [outputs / 16][pixels][16]; null: the bias. May be
  /// the `result`. For tables that double sums.
  const float* start = nullptr;
  ptrdiff_t start_stride = 0;  ///< From one block of channels to the next
  Result* result = nullptr;
  ptrdiff_t result_stride = 0;  ///< Values from one block of channels to the next
};

/// One row of one block of channels: 3x3 convolution and ReLU. Samples left and right of the rows
/// are zero.
template <typename T>
struct DepthwiseRow {
  using Wide = typename Layout<T>::Wide;
  const Wide* rows[3] = {};  ///< Above, here, below: [width][block]
  int width = 0;
  int output_width = 0;
  int stride = 1;  ///< 1 or 2
  /// Of the block, at least 1: those behind the next multiple of 16 are neither needed nor read.
  int channels = Layout<T>::kWideChannels;
  const Wide* weights = nullptr;  ///< [3][3][block]
  const Wide* bias = nullptr;     ///< [block]
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
  using Wide = typename Layout<T>::Wide;

  const char* name = "";  ///< "bf16 AMX"

  void (*multiply)(const Product<T>&) = nullptr;
  /// The product that begins a block, and its ReLU.
  void (*expand)(const Product<T, Wide>&) = nullptr;
  void (*depthwise)(const DepthwiseRow<T>&) = nullptr;
  void (*finish)(const Finish<T>&) = nullptr;
  void (*upsample)(const UpsampleRow<T>&) = nullptr;
  /// A doubled row of sums. Null where products are so cheap that it does not pay to take them
  /// before a source is doubled.
  void (*double_sums)(const UpsampleRow<float>&) = nullptr;
  /// Pixels of six planes, `plane_stride` apart, to [pixels][16]; not scaled: 0..255.
  void (*interleave)(const uint8_t* planes, ptrdiff_t plane_stride, int pixels,
                     T* output) = nullptr;
  /// uint8(255 * sigmoid) of the first three channels of [pixels][16], to planes `plane_stride`
  /// apart; NaN is 0. Reads and writes `pixels` only.
  void (*paint)(const float* product, int pixels, uint8_t* planes,
                ptrdiff_t plane_stride) = nullptr;

  /// What a thread does before its first kernel and after its last; null: nothing.
  void (*enter)() = nullptr;
  void (*leave)() = nullptr;
};

/// The calling thread may use `kernels` while this lives.
template <typename T>
class KernelThread {
 public:
  explicit KernelThread(const Kernels<T>& kernels) : leave_(kernels.leave) {
    if (kernels.enter != nullptr) kernels.enter();
  }
  ~KernelThread() {
    if (leave_ != nullptr) leave_();
  }
  KernelThread(const KernelThread&) = delete;
  KernelThread& operator=(const KernelThread&) = delete;

 private:
  void (*leave_)();
};

}  // namespace mouthpiece::fused

#endif  // MOUTHPIECE_INFER_FUSED_KERNELS_H_
