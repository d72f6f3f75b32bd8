// One thread's share of an audio encoder.
#ifndef MOUTHPIECE_INFER_FUSED_ENCODER_WORKER_H_
#define MOUTHPIECE_INFER_FUSED_ENCODER_WORKER_H_

#include <span>
#include <vector>

#include "infer/fused/buffer.h"
#include "infer/fused/encoder_plan.h"
#include "infer/fused/kernels.h"

namespace mouthpiece::fused {

/// Memory for some windows, and the way through the plan. Not thread-safe; the plan outlives it.
class EncoderWorker {
 public:
  EncoderWorker(const EncoderPlan& plan, const Kernels<float>& kernels);

  static constexpr int kMostWindows = 16;  ///< A call

  /// Encodes `rows.size() / 512` windows, at most kMostWindows, of 80 x 16 values each.
  void Run(std::span<const float> windows, std::span<float> rows);

 private:
  float* ValueAt(int step, int window);
  void Fill(int window, const float* values);
  void RunByRows(const PlannedEncoderStep& planned, int number, int window);
  void RunAcross(const PlannedEncoderStep& planned, int number, int windows);
  /// Leaves in `product_` what the step makes of `pixels` inputs, `pixel_stride` apart, of which
  /// the first's kernel begins at `input`.
  void Multiply(const PlannedEncoderStep& planned, const float* input, ptrdiff_t row_stride,
                ptrdiff_t pixel_stride, int pixels);
  void Finish(const PlannedEncoderStep& planned, const float* residual, float* output, int pixels);

  const EncoderPlan& plan_;
  const Kernels<float>& kernels_;
  std::vector<Buffer<float>> values_;
  Buffer<float> product_;
  Buffer<float> finished_;  ///< Of a step that goes across windows
  Buffer<float> residual_;  ///< The same
};

}  // namespace mouthpiece::fused

#endif  // MOUTHPIECE_INFER_FUSED_ENCODER_WORKER_H_
