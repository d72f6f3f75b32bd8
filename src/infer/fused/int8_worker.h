// Running a packed plan of int8 for one frame on the calling thread.
#ifndef MOUTHPIECE_INFER_FUSED_INT8_WORKER_H_
#define MOUTHPIECE_INFER_FUSED_INT8_WORKER_H_

#include <cstdint>
#include <span>
#include <vector>

#include "infer/fused/buffer.h"
#include "infer/fused/chains.h"
#include "infer/fused/int8_kernels.h"
#include "infer/fused/int8_plan.h"
#include "infer/fused/worker.h"

namespace mouthpiece::fused {

/// As the worker of the other precisions. A tensor is kept as bytes for the products that read it
/// and as bfloat16 for those that make something else of it: sums, doubled pictures,
/// concatenations.
template <>
class Worker<Int8> {
 public:
  /// `plan` outlives the worker.
  Worker(const PackedPlan<Int8>& plan, const Kernels<Int8>& kernels);

  /// visual: six planes of side x side bytes. audio: the window. prediction: three planes.
  void Run(std::span<const uint8_t> visual, std::span<const float> audio,
           std::span<uint8_t> prediction);

 private:
  /// How far a step is, in rows.
  struct Progress {
    int done = 0;      ///< Of its result
    int expanded = 0;  ///< Of a block's widened tensor
    int coarse = 0;    ///< Of the product of its coarse source
  };

  /// Has the first `rows` rows of a step's result made, and what they need of others'.
  void Advance(size_t s, int rows);
  void AdvanceBlock(size_t s, int rows);
  void AdvanceOutput(size_t s, int rows);
  void RunConvolution(const Step& step, const PackedStep<Int8>& packed);
  void LoadAudio(std::span<const float> audio);
  /// Has the rows made that rows up to `end` of the sources need.
  void MakeSources(const Step& step, int end);
  void ExpandRows(size_t s, int begin, int end, BFloat16* result, ptrdiff_t result_stride);
  HalvedSums CoarseSums(size_t s, int row);
  void FilterRow(const Step& step, const PackedStep<Int8>& packed, const BFloat16* const rows[3],
                 const BFloat16* nothing, ptrdiff_t block_stride, int pixel);
  void FinishPixels(const Step& step, bool relu, ptrdiff_t product_stride, int count,
                    ptrdiff_t pixel, ptrdiff_t residual_pixel);
  BytePixels TensorRows(const Source& source, int channels, int row);
  BytePixels SourceRows(const Step& step, int channels, int begin, int end);
  const BFloat16* SourceValues(const Source& source, size_t index, int row);

  const Tensor& TensorOf(int tensor) const {
    return plan_.plan.tensors[static_cast<size_t>(tensor)];
  }
  const TensorForms& FormsOf(int tensor) const { return plan_.forms[static_cast<size_t>(tensor)]; }
  /// Of a pixel of a tensor, with padding.
  int StoredChannels(int tensor) const {
    return FormsOf(tensor).is_narrow ? kNarrowChannels
                                     : PaddedChannels(TensorOf(tensor).extent.channels);
  }
  /// Number of a row's first pixel in the tensor's memory.
  ptrdiff_t PixelOf(int tensor, int row) const {
    const Tensor& of = TensorOf(tensor);
    return ptrdiff_t{row % of.rows} * of.extent.width;
  }
  /// Whether a tensor has values below zero.
  bool IsSigned(int tensor) const;
  BFloat16* Values(int tensor) { return values_.data() + TensorOf(tensor).offset; }
  uint8_t* Bytes(int tensor) { return bytes_.data() + TensorOf(tensor).offset; }
  /// A pixel has memory for 16 values at least, so that its scale has a place, too.
  float* Scales(int tensor) { return scales_.data() + TensorOf(tensor).offset / kBlockChannels; }

  const PackedPlan<Int8>& plan_;
  const Kernels<Int8> kernels_;
  std::span<const uint8_t> visual_;
  std::span<uint8_t> prediction_;
  std::vector<Progress> progress_;  // by step
  Buffer<BFloat16> values_;         // of all tensors
  Buffer<uint8_t> bytes_;
  Buffer<float> scales_;
  ChainPlaces rings_;          // by step, in expanded_
  Buffer<BFloat16> expanded_;  // a row of zeros, which stands for what lies above and below a
                               // picture, and the rows that the depthwise convolution still needs
  Buffer<float> strip_;        // its results, for a few pixels
  Buffer<uint8_t> filtered_;   // and as bytes, for a group of rows
  Buffer<float> filtered_scales_;
  Buffer<float> product_;
  ChainPlaces coarse_rings_;           // by step, in coarse_
  Buffer<float> coarse_;               // products of coarse sources
  std::vector<Buffer<float>> shares_;  // by step: HalvedSums::shares
  Buffer<BFloat16> doubled_[2];        // a row of a source
  Buffer<BFloat16> taps_;
  Buffer<uint8_t> source_bytes_;  // of sources that are made on the fly
  Buffer<float> source_scales_;
};

}  // namespace mouthpiece::fused

#endif  // MOUTHPIECE_INFER_FUSED_INT8_WORKER_H_
