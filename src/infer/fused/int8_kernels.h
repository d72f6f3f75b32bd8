// The arithmetic of int8: products of 8-bit integers with 32-bit sums, between rows of floats that
// are read as they are made to find each pixel's range. The counterpart of kernels.h, whose notes
// hold here too.
//
// A pixel's channels are bytes with a scale that is taken from those channels alone: nothing has to
// be measured beforehand. Where they have a sign, 128 is zero. Weights are 8-bit integers with a
// scale for each output. Sums of integers are exact, so that products agree bit for bit between
// instruction sets.
#ifndef MOUTHPIECE_INFER_FUSED_INT8_KERNELS_H_
#define MOUTHPIECE_INFER_FUSED_INT8_KERNELS_H_

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "infer/fused/kernels.h"

namespace mouthpiece::fused {

/// Names the precision where float and BFloat16 name theirs.
struct Int8;

/// Bytes that a product sums at once, and of which a pixel has a multiple.
inline constexpr int kQuadChannels = 4;
/// Of a weight's steps.
inline constexpr int kLargestWeight = 127;
/// Where weights keep to it (Kernels<Int8>::largest_four), four products are within 16 bits, in
/// which instructions without VNNI add them.
inline constexpr int kLargestFour = 32767 / 255;
/// Of weights that do not have to.
inline constexpr int kAnyFour = kQuadChannels * kLargestWeight;
/// Of a picture's pixels: six planes and padding.
inline constexpr int kVisualChannels = 8;
/// Channels of a narrow tensor, of which two pixels fill a vector (Kernels<Int8>::has_narrow).
inline constexpr int kNarrowChannels = 8;
/// The byte that is zero where there are signs.
inline constexpr int kSignedZero = 128;
/// Steps from zero to a pixel's largest value.
constexpr float ByteSteps(bool is_signed) { return is_signed ? 127.0F : 255.0F; }
/// Of the largest value, what one step of a byte is.
constexpr float ByteStep(bool is_signed) { return 1.0F / ByteSteps(is_signed); }
/// Pixels with no larger value than this are zero.
inline constexpr float kLeastRange = 1e-30F;

/// Channel c of pixel p is scales[p] * (data[p * pixel_stride + c] - (is_signed ? 128 : 0)).
struct BytePixels {
  const uint8_t* data = nullptr;
  ptrdiff_t pixel_stride = 0;
  int channels = 0;  ///< That are read: a multiple of 4, the added ones with weights of zero
  const float* scales = nullptr;
  bool is_signed = false;
};

/// Outputs, or channels, of a block: 16, or all 8 that there are.
constexpr int BlockOf(int outputs) {
  return outputs == kNarrowChannels ? kNarrowChannels : kBlockChannels;
}

/// Where the weight of an output and a channel lies: [outputs / block][channels / 4][block][4].
constexpr size_t ByteWeightPlace(int output, int channel, int outputs, int channels) {
  const int block = BlockOf(outputs);
  const int tile = output / block * (channels / kQuadChannels) + channel / kQuadChannels;
  return static_cast<size_t>(tile * block + output % block) * kQuadChannels +
         static_cast<size_t>(channel % kQuadChannels);
}

/// Which four channels an output's weight belongs to: of eight channels in a row, the first two of
/// both halves are one four, the last two the other.
constexpr int InFour(int channel) {
  return channel / (2 * kQuadChannels) * 2 + channel % kQuadChannels / 2;
}

/// Two rows of sums over a picture of half the size, between which a row of the doubled picture
/// lies, corners aligned. They are blended, upper + lower_weight * (lower - upper); sum n of pixel
/// x is that of its near pixel x / 2, moved by `shares[x]` towards that of the far one, the near
/// one's neighbour on the side of x. There is one before the first and one behind the last, any
/// finite number, of which the share is zero; up to kMarginPixels beyond are read.
struct HalvedSums {
  const float* upper = nullptr;  ///< [outputs / 16][pixels / 2][16]; null: there are none
  const float* lower = nullptr;
  ptrdiff_t stride = 0;  ///< From one block of outputs to the next
  float lower_weight = 0;
  const float* shares = nullptr;  ///< [pixels]
};

/// The share of the far pixel of x where a row of `width` is doubled (HalvedSums).
constexpr float FarShare(int x, int width) {
  const int near = x / 2;
  return static_cast<float>(x % 2 == 0 ? near : width - 1 - near) /
         static_cast<float>(2 * width - 1);
}

/// sum = the weights times a pixel's bytes, for each output n, and signed_starts[n] where these
/// have signs; result[n] = scale * sum * weight_scales[n] + bias[n]. Up to kMarginPixels beyond the
/// last may be read and written.
///
/// float: all of that. BFloat16, the product that begins a block: without weight_scales, which are
/// the depthwise weights' business (a ReLU does not mind a positive factor), and its ReLU, as
/// columns in pairs (ColumnPlace); a row with sums that are doubled has these in place of a bias.
template <typename Result>
struct ByteProduct {
  BytePixels source;
  const int8_t* weights = nullptr;  ///< As ByteWeightPlace says
  const float* weight_scales = nullptr;
  const int32_t* signed_starts = nullptr;  ///< -128 times the sum of an output's weights
  const float* bias = nullptr;
  HalvedSums halved;  ///< BFloat16 only
  int pixels = 0;
  int outputs = 0;              ///< A multiple of 16; of floats also 8, where has_narrow
  Result* result = nullptr;     ///< float: [outputs / block][pixels][block]
  ptrdiff_t result_stride = 0;  ///< Values from one block of channels to the next
};

/// Where channel c of a block of 16 and column x lie in a row of widened values: pairs of columns
/// side by side, [columns / 2][16][2], as instructions that multiply pairs read them. Behind an odd
/// number of columns there is one of zeros.
constexpr ptrdiff_t ColumnPlace(int x, int c) {
  return (ptrdiff_t{x / 2} * kBlockChannels + c) * 2 + x % 2;
}

/// What a pair of columns adds to the outputs around it, each a pair of weights for each channel.
enum PairWeights {
  kToLeft,    ///< (right, 0), to the output left of the pair
  kToFirst,   ///< (middle, right)
  kToSecond,  ///< (left, middle)
  kToRight,   ///< (0, left)
};
inline constexpr int kPairWeights = 4;

/// Outputs `begin` to `end` of a row of one block of channels: 3x3 convolution and ReLU, in floats.
/// Samples left and right of the rows are zero.
struct FilteredRow {
  const BFloat16* rows[3] = {};  ///< Above, here, below, as ColumnPlace says
  int width = 0;
  int stride = 1;                     ///< 1 or 2
  const BFloat16* weights = nullptr;  ///< [3 rows][PairWeights][16][2]
  const float* bias = nullptr;        ///< [16]
  int begin = 0;                      ///< Even
  int end = 0;
  float* output = nullptr;  ///< [end - begin][16]; one pixel beyond may be written
};

/// Pixels without signs to bytes.
struct Compression {
  const float* values = nullptr;  ///< [channels / 16][pixels][16]
  ptrdiff_t values_stride = 0;    ///< From one block of channels to the next
  int pixels = 0;
  int channels = 0;          ///< A multiple of 16
  uint8_t* bytes = nullptr;  ///< [pixels][channels]
  float* scales = nullptr;   ///< Up to kMarginPixels beyond the last may be written
};

/// From a product to a tensor: product + residual, or its ReLU, as values and as bytes, which are
/// signed unless it is the ReLU.
struct ByteFinish {
  float* product = nullptr;  ///< [channels / block][pixels][block]; undefined afterwards
  ptrdiff_t product_stride = 0;
  const BFloat16* residual = nullptr;  ///< [pixels][channels], or null
  bool relu = false;
  BFloat16* values = nullptr;  ///< [pixels][channels], or null
  uint8_t* bytes = nullptr;    ///< [pixels][channels], or null
  float* scales = nullptr;     ///< Written with the bytes; up to kMarginPixels beyond the last
  int pixels = 0;
  int channels = 0;  ///< A multiple of 16; where has_narrow also 8, of an even number of pixels
};

/// Pixels of one source, or of two side by side, to bytes.
struct Quantization {
  const BFloat16* sources[2] = {};  ///< [pixels][channels]; the second may be null
  int channels[2] = {};             ///< Multiples of 16
  int pixels = 0;
  uint8_t* bytes = nullptr;  ///< [pixels][both channels]
  float* scales = nullptr;   ///< Up to kMarginPixels beyond the last may be written
  bool is_signed = true;     ///< Without, there must be no value below zero
};

/// What the engine needs for int8. With the largest of a pixel's absolute values its bytes are
/// value * (255 / largest), or value * (127 / largest) + 128 where there are signs, rounded to the
/// nearest, halves to even.
template <>
struct Kernels<Int8> {
  const char* name = "";  ///< "int8 AVX-512 VNNI"
  /// Of one output, the weights of four channels (InFour) that are above zero are at most this in
  /// sum, and those below at least its negative.
  int largest_four = kAnyFour;
  /// Whether `multiply` makes and `finish` takes eight outputs without padding.
  bool has_narrow = false;

  void (*multiply)(const ByteProduct<float>&) = nullptr;
  void (*expand)(const ByteProduct<BFloat16>&) = nullptr;
  void (*depthwise)(const FilteredRow&) = nullptr;
  void (*compress)(const Compression&) = nullptr;
  void (*finish)(const ByteFinish&) = nullptr;
  void (*quantize)(const Quantization&) = nullptr;
  void (*upsample)(const UpsampleRow<BFloat16>&) = nullptr;
  /// Pixels of six planes, `plane_stride` apart, to [pixels][kVisualChannels].
  void (*interleave)(const uint8_t* planes, ptrdiff_t plane_stride, int pixels,
                     uint8_t* output) = nullptr;
  void (*paint)(const float* product, int pixels, uint8_t* planes,
                ptrdiff_t plane_stride) = nullptr;
  /// A product, whose `result` is not used, and what paint makes of it; null where they run one
  /// after the other.
  void (*paint_product)(const ByteProduct<float>& product, uint8_t* planes,
                        ptrdiff_t plane_stride) = nullptr;

  void (*enter)() = nullptr;
  void (*leave)() = nullptr;
};

}  // namespace mouthpiece::fused

#endif  // MOUTHPIECE_INFER_FUSED_INT8_KERNELS_H_
