// Random plans of one step, and frames for them.
#ifndef MOUTHPIECE_TESTS_SUPPORT_STEP_CASE_H_
#define MOUTHPIECE_TESTS_SUPPORT_STEP_CASE_H_

#include <cmath>
#include <cstdint>
#include <deque>
#include <random>
#include <vector>

#include "infer/fused/numbers.h"
#include "infer/fused/plan.h"
#include "support/step_reference.h"

namespace mouthpiece::testing {

inline float HalfOf(float value) { return fused::ToFloat(fused::RoundTo<fused::Half>(value)); }

/// A plan of one step, and random frames for it, all of which half floats can hold.
class StepCase {
 public:
  explicit StepCase(unsigned seed) : random_(seed) { plan_.side = 2 * Between(1, 9) + 1; }
  StepCase(const StepCase&) = delete;
  StepCase& operator=(const StepCase&) = delete;

  int Between(int low, int high) { return std::uniform_int_distribution<int>(low, high)(random_); }
  bool Maybe() { return Between(0, 1) == 1; }

  /// One or two tensors side by side, some doubled; or the pictures.
  void AddSources(bool may_be_visual) {
    if (may_be_visual && Between(0, 3) == 0) {
      step_.sources = {{fused::SourceKind::kVisual, -1, {6, plan_.side, plan_.side}}};
      return;
    }
    const bool is_doubled[] = {Maybe(), Maybe()};
    const int sources = Between(1, 2);
    const int scale = is_doubled[0] || (sources > 1 && is_doubled[1]) ? 2 : 1;
    const int width = scale * Between(1, 25 / scale);
    const int height = scale * Between(1, 25 / scale);
    for (int i = 0; i < sources; ++i) {
      const int part = is_doubled[i] ? 2 : 1;
      const int channels = Between(1, 41);
      step_.sources.push_back(
          {is_doubled[i] ? fused::SourceKind::kUpsampled : fused::SourceKind::kTensor,
           NewTensor({channels, height / part, width / part}),
           {channels, height, width}});
    }
  }

  void MakeBlock(int most_outputs) {
    step_.kind = fused::StepKind::kBlock;
    AddSources(true);
    const Extent seen = Seen();
    const int widened = Between(1, 50);
    const int stride = Between(1, 2);
    Convolution& expand = New(seen.channels, widened);
    expand.relu = true;
    step_.expand = &expand;
    step_.depthwise = &NewDepthwise(widened, stride);
    step_.expanded = {widened, seen.height, seen.width};
    const fused::Source& first = step_.sources[0];
    const bool has_sum = stride == 1 && step_.sources.size() == 1 &&
                         first.kind == fused::SourceKind::kTensor && Maybe();
    const int outputs = has_sum ? seen.channels : Between(1, most_outputs);
    if (has_sum) step_.residual = first.tensor;
    step_.project = &New(widened, outputs);
    step_.extent = {outputs, (seen.height - 1) / stride + 1, (seen.width - 1) / stride + 1};
    Finish();
  }

  void MakeConvolution(int least_outputs, int most_outputs) {
    step_.kind = fused::StepKind::kConvolution;
    AddSources(false);
    const Extent seen = Seen();
    const int outputs = Between(least_outputs, most_outputs);
    Convolution& c = New(seen.channels, outputs);
    c.kernel_width = Between(1, 3);
    c.kernel_height = Between(1, 3);
    c.stride_x = Between(1, 3);
    c.stride_y = Between(1, 3);
    c.left = Between(0, 2);
    c.top = Between(0, 2);
    c.relu = Maybe();
    c.weights = RandomWeights(seen.channels * c.kernel_width * c.kernel_height, outputs);
    step_.project = &c;
    // Beyond the last pixel there is nothing, too.
    step_.extent = {outputs, (seen.height - 1) / c.stride_y + Between(1, 2),
                    (seen.width - 1) / c.stride_x + Between(1, 2)};
    if (!c.relu && Maybe()) step_.residual = NewTensor(step_.extent);
    Finish();
  }

  void MakeOutput() {
    step_.kind = fused::StepKind::kOutput;
    const int channels = Between(1, 41);
    step_.extent = {channels, plan_.side, plan_.side};
    step_.sources = {{fused::SourceKind::kTensor, NewTensor(step_.extent), step_.extent}};
    step_.extent.channels = 3;
    Convolution& c = New(channels, 3);
    for (float& weight : c.weights) weight *= 4;  // to nearly black and nearly white
    step_.project = &c;
    plan_.steps = {step_};
  }

  /// Random values for all tensors of `count` frames.
  void Draw(int count) {
    std::normal_distribution<float> normal;
    for (int frame = 0; frame < count; ++frame) {
      visual_.emplace_back(6 * static_cast<size_t>(plan_.side * plan_.side));
      for (uint8_t& byte : visual_.back()) byte = static_cast<uint8_t>(random_());
      tensors_.emplace_back();
      for (const fused::Tensor& tensor : plan_.tensors) {
        Values& values = tensors_.back().emplace_back(tensor.extent);
        for (double& value : values.data) value = double{HalfOf(normal(random_))};
      }
    }
  }

  const fused::Plan& plan() const { return plan_; }
  const fused::Step& step() const { return plan_.steps[0]; }
  int count() const { return static_cast<int>(visual_.size()); }
  const std::vector<uint8_t>& visual(int frame) const {
    return visual_[static_cast<size_t>(frame)];
  }
  std::vector<Values>& tensors(int frame) { return tensors_[static_cast<size_t>(frame)]; }
  const std::vector<Values>& tensors(int frame) const {
    return tensors_[static_cast<size_t>(frame)];
  }
  Values Expected(int frame) const { return Evaluate(step(), tensors(frame), visual(frame)); }

 private:
  Extent Seen() const {
    Extent seen = step_.sources[0].extent;
    if (step_.sources.size() > 1) seen.channels += step_.sources[1].extent.channels;
    return seen;
  }

  int NewTensor(const Extent& extent) {
    plan_.tensors.push_back({extent, 0});
    return static_cast<int>(plan_.tensors.size()) - 1;
  }

  std::vector<float> RandomWeights(int inputs, int outputs) {
    std::normal_distribution<float> normal(0, 1 / std::sqrt(static_cast<float>(inputs)));
    std::vector<float> weights(static_cast<size_t>(inputs * outputs));
    for (float& weight : weights) weight = HalfOf(normal(random_));
    return weights;
  }

  Convolution& New(int inputs, int outputs) {
    Convolution& c = convolutions_.emplace_back();
    c.weights = RandomWeights(inputs, outputs);
    std::normal_distribution<float> normal;
    for (int o = 0; o < outputs; ++o) c.bias.push_back(normal(random_));
    return c;
  }

  Convolution& NewDepthwise(int channels, int stride) {
    Convolution& c = New(9, channels);
    c.groups = channels;
    c.kernel_height = c.kernel_width = 3;
    c.stride_x = c.stride_y = stride;
    c.top = c.left = 1;
    c.relu = true;
    return c;
  }

  void Finish() {
    step_.output = NewTensor(step_.extent);
    plan_.steps = {step_};
  }

  std::mt19937 random_;
  std::deque<Convolution> convolutions_;
  fused::Step step_;
  fused::Plan plan_;
  std::vector<std::vector<uint8_t>> visual_;  // by frame
  std::vector<std::vector<Values>> tensors_;  // by frame and tensor
};

}  // namespace mouthpiece::testing

#endif  // MOUTHPIECE_TESTS_SUPPORT_STEP_CASE_H_
