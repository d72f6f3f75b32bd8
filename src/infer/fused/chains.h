// Steps that run in turn, a few rows of each at a time (Step::is_chained).
#ifndef MOUTHPIECE_INFER_FUSED_CHAINS_H_
#define MOUTHPIECE_INFER_FUSED_CHAINS_H_

#include <algorithm>
#include <cstddef>
#include <vector>

#include "infer/fused/plan.h"
#include "infer/fused/row_groups.h"

namespace mouthpiece::fused {

/// Has `advance(step, rows)` make all rows of every step: of the last of a chain first, which has
/// the others make what it needs.
template <typename Advance>
void AdvanceAll(const std::vector<Step>& steps, const Advance& advance) {
  size_t first = 0;
  for (size_t last = 0; last < steps.size(); ++last) {
    if (last + 1 < steps.size() && steps[last + 1].is_chained) continue;
    for (size_t s = last + 1; s-- > first;) advance(s, steps[s].extent.height);
    first = last + 1;
  }
}

/// Has `advance(step, rows)` make what rows up to `end` of the sources of `step` need.
template <typename Advance>
void AdvanceSources(const Plan& plan, const Step& step, int end, const Advance& advance) {
  for (const Source& source : step.sources) {
    if (source.tensor < 0) continue;
    const int maker = plan.tensors[static_cast<size_t>(source.tensor)].step;
    if (maker >= 0) advance(static_cast<size_t>(maker), RowsBefore(source, end));
  }
}

/// Where each step's part of a buffer begins that steps of one chain must not share.
class ChainPlaces {
 public:
  /// Of the next step, which needs `size` values.
  void Add(const Step& step, size_t size) {
    constexpr size_t kLine = 64;
    if (!step.is_chained) end_ = 0;
    places_.push_back(end_);
    end_ += RoundUp(size, kLine);
    most_ = std::max(most_, end_);
  }

  size_t operator[](size_t step) const { return places_[step]; }
  /// Values of the buffer.
  size_t size() const { return most_; }

 private:
  std::vector<size_t> places_;
  size_t end_ = 0;
  size_t most_ = 0;
};

}  // namespace mouthpiece::fused

#endif  // MOUTHPIECE_INFER_FUSED_CHAINS_H_
