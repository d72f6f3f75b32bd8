// Running a packed plan for one frame on the calling thread.
#ifndef MOUTHPIECE_INFER_FUSED_WORKER_H_
#define MOUTHPIECE_INFER_FUSED_WORKER_H_

#include <cstdint>
#include <span>

#include "infer/fused/buffer.h"
#include "infer/fused/kernels.h"
#include "infer/fused/packed_plan.h"

namespace mouthpiece::fused {

/// One thread's memory for a plan. Nothing is allocated after the constructor. A worker is used by
/// one thread at a time; several share one plan.
template <typename T>
class Worker {
 public:
  /// `plan` outlives the worker.
  Worker(const PackedPlan<T>& plan, const Kernels<T>& kernels);

  /// visual: six planes of side x side bytes. audio: the window. prediction: three planes.
  void Run(std::span<const uint8_t> visual, std::span<const float> audio,
           std::span<uint8_t> prediction);

 private:
  using Wide = typename Layout<T>::Wide;

  void RunBlock(const Step& step, const PackedStep<T>& packed);
  void RunConvolution(const Step& step, const PackedStep<T>& packed);
  void RunOutput(const Step& step, const PackedStep<T>& packed);
  void LoadAudio(std::span<const float> audio);
  Operand<T> SourceRows(const Source& source, int index, int begin, int end);
  void StartFromCoarse(const Step& step, const PackedStep<T>& packed, int begin, int end,
                       float* sums, ptrdiff_t sums_stride);
  void ExpandRows(const Step& step, const PackedStep<T>& packed, int begin, int end, Wide* result,
                  ptrdiff_t result_stride);
  T* TensorData(int tensor);
  const T* TensorRow(int tensor, int row);

  const PackedPlan<T>& plan_;
  const Kernels<T> kernels_;
  std::span<const uint8_t> visual_;
  std::span<uint8_t> prediction_;
  Buffer<T> tensors_;
  Buffer<Wide> expanded_;  // a row of zeros, which stands for what lies above and below a picture,
                           // and the rows that the depthwise convolution still needs
  Buffer<T> filtered_;     // its results
  Buffer<float> product_;
  Buffer<T> source_rows_[2];  // of sources that are made on the fly
  Buffer<T> taps_;
  Buffer<float> coarse_;   // the products that are doubled next
  int coarse_rows_ = 0;    // of the block's coarse source, made so far
  Buffer<float> doubled_;  // and doubled, where widened rows are no floats
};

}  // namespace mouthpiece::fused

#endif  // MOUTHPIECE_INFER_FUSED_WORKER_H_
