// How an audio encoder is run: its weights as products read them, and where its values lie.
#ifndef MOUTHPIECE_INFER_FUSED_ENCODER_PLAN_H_
#define MOUTHPIECE_INFER_FUSED_ENCODER_PLAN_H_

#include <cstddef>
#include <optional>
#include <vector>

#include "infer/fused/packed_plan.h"
#include "network/encoder_network.h"

namespace mouthpiece::fused {

/// The window or a step's result: [windows][height][width][channels], with the zeros around it that
/// its readers want.
struct EncoderValue {
  Extent extent;
  int channels = 0;  ///< A multiple of 16
  int top = 0;
  int left = 0;
  int height = 0;  ///< With its zeros, as the width
  int width = 0;
  /// Whether each window's is needed after the next one's is made. Otherwise there is one.
  bool is_kept = false;
  /// Values behind the last window's, which products read beyond their pixels.
  size_t margin = 0;

  size_t window_values() const {
    return static_cast<size_t>(height) * static_cast<size_t>(width) * static_cast<size_t>(channels);
  }
  size_t values(int windows) const {
    return (is_kept ? static_cast<size_t>(windows) : 1) * window_values() + margin;
  }
  /// Where pixel (y, x) is, from -top and -left on.
  ptrdiff_t Offset(int y, int x) const {
    return (ptrdiff_t{y + top} * width + x + left) * channels;
  }
};

/// A step whose products are each of two rows of its kernel, the last perhaps of one.
struct PlannedEncoderStep {
  EncoderStep step;  ///< Its convolution's weights are gone
  std::vector<PackedProduct<float>> products;
  /// Pixels that are multiplied together: those of a row of one window, or, where rows are short,
  /// one of each window.
  bool goes_by_rows = false;
  /// Counts runs of steps of one kind: those of a run that goes by rows make a window's values
  /// before the next window's.
  int run = 0;
};

struct EncoderPlan {
  std::vector<EncoderValue> values;  ///< The window, then one for each step
  std::vector<PlannedEncoderStep> steps;

  const EncoderValue& InputOf(const EncoderStep& step) const {
    return values[static_cast<size_t>(step.input + 1)];
  }
};

/// None where the plan, or its values for `windows`, would take more than `most_bytes`.
std::optional<EncoderPlan> PlanEncoder(EncoderNetwork network, int windows, size_t most_bytes);

}  // namespace mouthpiece::fused

#endif  // MOUTHPIECE_INFER_FUSED_ENCODER_PLAN_H_
