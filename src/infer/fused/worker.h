// Running a packed plan for one frame on the calling thread.
#ifndef MOUTHPIECE_INFER_FUSED_WORKER_H_
#define MOUTHPIECE_INFER_FUSED_WORKER_H_

#include <cstdint>
#include <span>
#include <vector>

#include "infer/fused/buffer.h"
#include "infer/fused/chains.h"
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
  void RunConvolution(const Step& step, const PackedStep<T>& packed);
  void LoadAudio(std::span<const float> audio);
  /// Has the rows made that rows up to `end` of the sources need.
  void MakeSources(const Step& step, int end);
  Operand<T> SourceRows(const Source& source, int index, int begin, int end);
  void StartFromCoarse(size_t s, int begin, int end, float* sums, ptrdiff_t sums_stride);
  void ExpandRows(size_t s, int begin, int end, Wide* result, ptrdiff_t result_stride);
  T* TensorData(int tensor);
  T* TensorRow(int tensor, int row);

  const PackedPlan<T>& plan_;
  const Kernels<T> kernels_;
  std::span<const uint8_t> visual_;
  std::span<uint8_t> prediction_;
  std::vector<Progress> progress_;  // by step
  Buffer<T> tensors_;
  ChainPlaces rings_;      // by step, in expanded_
  Buffer<Wide> expanded_;  // a row of zeros, which stands for what lies above and below a picture,
                           // and the rows that the depthwise convolution still needs
  Buffer<T> filtered_;     // its results
  Buffer<float> product_;
  Buffer<T> source_rows_[2];  // of sources that are made on the fly
  Buffer<T> taps_;
  ChainPlaces coarse_rings_;  // by step, in coarse_
  Buffer<float> coarse_;      // the products that are doubled next
  Buffer<float> doubled_;     // and doubled, where widened rows are no floats
};

}  // namespace mouthpiece::fused

#endif  // MOUTHPIECE_INFER_FUSED_WORKER_H_
